import cv2
import numpy as np
from kit_plugins.pathology_segmentation import TASK


def test_with_data_the_check_refuses_runs_beyond_a_slide_s_last_pixel(kit_cli, tmp_path) -> None:

    for name, size in (("A", (30, 40)), ("B", (50, 60))):  # 1,200 and 3,000 pixels
        file = tmp_path / "data/test/images" / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), np.full((*size, 3), 200, np.uint8))
    file = tmp_path / "submission.csv"
    file.write_text("ImageId,EncodedPixels\nB,3 4 2999 2\nA,1 2 1200 2\n")
    arguments = ["check", TASK.name, file]
    assert kit_cli(*arguments).exit_code == 0  # the slides' sizes are unknown
    result = kit_cli(*arguments, "--data", tmp_path / "data")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == (
        "line 3, id A: rule: expected runs within the slide's 40 x 30 = 1200 pixels, found 1200 2, which ends at pixel "
        "1201. encode the mask at the slide's own size, down the columns"
    )
    file.write_text("ImageId,EncodedPixels\nA,1 2 1200 1\nB,\n")
    assert kit_cli(*arguments, "--data", tmp_path / "data").exit_code == 0
