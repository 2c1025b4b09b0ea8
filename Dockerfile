# The image: Node without a shell, package manager or root, the bundle, and the few programs that a push needs (git,
# its https helper, ssh). Build with: docker build -t tronador .

# On the machine's own platform: the bundle is the same for all, and an emulated build takes many times as long.
FROM --platform=$BUILDPLATFORM \
  node:24-bookworm-slim@sha256:235600a8101ab264e117b1768e925532262668dc9b581ef1dd7d96ced463b8e7 AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN node scripts/build.ts

# Git and ssh with the libraries they load, as one tree. The C library itself is the final image's own. Some of the
# libraries are in the base image already; the upgrade brings them to where Debian is now.
FROM debian:bookworm-slim@sha256:abd67ffcfa541b485a3dff59865ab629aa048a6c613e639d36e7456b0b229241 AS programs
RUN apt-get update && apt-get upgrade --yes && apt-get install --yes --no-install-recommends git openssh-client
COPY scripts/collect-programs.sh /
RUN sh /collect-programs.sh /programs

FROM gcr.io/distroless/nodejs24-debian12:nonroot
COPY --from=programs /programs/ /
COPY --from=build /src/dist/tronador.js /app/tronador.js
COPY --from=build /src/LICENSE /app/LICENSE
# The C library gives memory back soon, and threads share what it keeps (docs/benchmarks.md).
ENV NODE_ENV=production PATH=/nodejs/bin:/usr/bin MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=65536
# Numeric, so that Kubernetes can see that it is not root (runAsNonRoot).
USER 65532:65532
WORKDIR /tmp
# Room for what is young. Of the container's limit Node would take 1 MiB, for which it collects all the time.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=2", "/app/tronador.js"]
