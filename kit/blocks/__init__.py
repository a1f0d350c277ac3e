"""Building blocks of plugins: plain functions that may be imported one by one.

``kit.blocks.readers`` reads tables, images by folder or table, and arrays; ``kit.blocks.frames`` tables as pandas
frames, ``kit.blocks.records`` those of JSON, Parquet and Excel, and ``kit.blocks.image_names`` finds images by any of
their names. ``kit.blocks.inputs`` has the sizes and ranges of images, ``kit.blocks.augment`` what varies them in
training, ``kit.blocks.rle`` masks as text,
``kit.blocks.tables`` what an estimator needs before it, ``kit.blocks.vectors`` rows as vectors,
``kit.blocks.estimators`` gradient boosting and linear models for these, ``kit.blocks.mnist`` real digits for samples,
``kit.blocks.pipelining`` predictions of many batches of one sample while the next is read, and
``kit.blocks.networks``, which alone imports Paddle, small networks.
"""
