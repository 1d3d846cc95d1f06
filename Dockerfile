# Restain in one image: docker build -t restain . && docker run -p 3000:3000 -v restain:/app/.restain restain
# With --security-opt seccomp=unconfined, where user namespaces are allowed, slides are read behind a wall (bubblewrap).
# --build-arg COMMIT=$(git rev-parse HEAD) states the commit in answers and in /api/health.
# A worker is the same image: docker run ... restain node .workers/worker.mjs (deploy/README.md).
# With a CUDA GPU: docker build --build-arg ONNXRUNTIME_NODE_INSTALL=cuda12 \
#   --build-arg RUNTIME=nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04 -t restain:cuda . && docker run --gpus all ...
ARG RUNTIME=debian:bookworm-slim
ARG BUILD=node:24-bookworm

FROM ${BUILD} AS build
ARG ONNXRUNTIME_NODE_INSTALL=skip
ARG COMMIT=unknown
# BUILD_STANDALONE makes Next write a self-contained folder. The bootstrap installs and builds.
ENV BUILD_STANDALONE=1 RESTAIN_COMMIT=$COMMIT ONNXRUNTIME_NODE_INSTALL=$ONNXRUNTIME_NODE_INSTALL
RUN apt-get update && apt-get install -y --no-install-recommends openjdk-17-jdk-headless python3-pip \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY . .
RUN node bootstrap.mjs build && npm run formats:install && node deploy/sbom.mjs > sbom.cdx.json \
  && node deploy/licences.mjs sbom.cdx.json > third-party-licences.txt

FROM ${RUNTIME}
# The readers of microscope formats need a Java runtime below 24 (integrations/bioformats) and Python (integrations/openslide).
RUN apt-get update && apt-get install -y --no-install-recommends openjdk-17-jre-headless python3 util-linux bubblewrap \
  && rm -rf /var/lib/apt/lists/* && useradd --system --uid 10001 restain
COPY --from=build /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
# What the image is made of, with its licences: npm's packages, Node, Bio-Formats, OpenSlide; and Debian's packages.
COPY --from=build /app/sbom.cdx.json /app/third-party-licences.txt /app/LICENSE /app/NOTICE ./
RUN dpkg-query -W -f='${Package} ${Version}\n' > debian-packages.txt
COPY --from=build /app/.next/standalone ./
COPY --from=build /app/.next/static ./.next/static
COPY --from=build /app/public ./public
COPY --from=build /app/models ./models
COPY --from=build /app/.workers ./.workers
# Outside of the volume, which would keep the reader of an older image.
COPY --from=build /app/.restain/bioformats ./bioformats
COPY --from=build /app/.restain/openslide ./openslide
# Complete, because its binding loads libraries from its own folder, for example those of CUDA.
COPY --from=build /app/node_modules/onnxruntime-node ./node_modules/onnxruntime-node
COPY --from=build /app/node_modules/onnxruntime-common ./node_modules/onnxruntime-common
# Only a worker imports it, which Next does not trace.
COPY --from=build /app/node_modules/libheif-js ./node_modules/libheif-js
# /var/tmp/restain: for a TMPDIR on a volume, where the rest of the image cannot be written.
RUN mkdir -p .restain /var/tmp/restain && chown -R restain .restain /var/tmp/restain
USER restain
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 MALLOC_ARENA_MAX=2 HOSTNAME=0.0.0.0 PORT=3000 BIOFORMATS_DIR=/app/bioformats OPENSLIDE_DIR=/app/openslide
EXPOSE 3000
VOLUME /app/.restain
HEALTHCHECK --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/api/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server.js"]
