# The kit in a container; docs/container.md shows how to use it.
#   CPU:  docker build -t contest-kit .
#   GPU:  docker build -t contest-kit:gpu --build-arg DEVICE=gpu .
FROM python:3.11-slim

# cpu: Paddle from PyPI; gpu: Paddle with the CUDA libraries of its own index.
ARG DEVICE=cpu
# Further extras of the kit, such as lung,pretrained.
ARG EXTRAS=
ARG PADDLE_GPU="paddlepaddle-gpu>=3.2,<4"
ARG PADDLE_INDEX=https://www.paddlepaddle.org.cn/packages/stable/cu126/

# libgomp1: Paddle's wheel is linked with it and does not bring it.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/contest-kit
COPY setup.cfg pyproject.toml README.md LICENSE ./
COPY kit kit
COPY plugins plugins
RUN case "$DEVICE" in \
        cpu) extras="cpu${EXTRAS:+,$EXTRAS}" ;; \
        gpu) extras="$EXTRAS" ;; \
        *) echo "DEVICE is cpu or gpu, not $DEVICE" >&2; exit 1 ;; \
    esac \
    && python3 -m venv .venv \
    && if [ "$DEVICE" = gpu ]; then \
        .venv/bin/pip install -q --no-cache-dir --extra-index-url "$PADDLE_INDEX" "$PADDLE_GPU"; \
    fi \
    && .venv/bin/pip install -q --no-cache-dir ".${extras:+[$extras]}" \
    && rm -rf build ./*.egg-info

# Samples and decoded images; any user may write, so that `docker run --user` works.
ENV PATH=/opt/contest-kit/.venv/bin:$PATH \
    KIT_CACHE=/var/cache/kit \
    MPLCONFIGDIR=/var/cache/kit/matplotlib
RUN useradd --create-home --uid 1000 kit \
    && mkdir -p /var/cache/kit /work \
    && chmod 1777 /var/cache/kit /work
USER kit
WORKDIR /work

ENTRYPOINT ["kit"]
CMD ["run", "digit_recognizer", "--sample"]
