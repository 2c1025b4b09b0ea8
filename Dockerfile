# The image: Node without a shell, package manager or root, the bundle, and the few programs that a push needs (git,
# its https helper, ssh). Build with: docker build -t tronador .

FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN node scripts/build.ts

# Git and ssh with the libraries they load, as one tree. The C library itself is the final image's own.
FROM debian:bookworm-slim AS programs
RUN apt-get update && apt-get install --yes --no-install-recommends git openssh-client
COPY scripts/collect-programs.sh /
RUN sh /collect-programs.sh /programs

FROM gcr.io/distroless/nodejs24-debian12:nonroot
COPY --from=programs /programs/ /
COPY --from=build /src/dist/tronador.js /app/tronador.js
COPY --from=build /src/LICENSE /app/LICENSE
ENV NODE_ENV=production PATH=/nodejs/bin:/usr/bin
# Numeric, so that Kubernetes can see that it is not root (runAsNonRoot).
USER 65532:65532
WORKDIR /tmp
# Node collects garbage sooner: much less memory for some more processor time (docs/benchmarks.md).
ENTRYPOINT ["/nodejs/bin/node", "--optimize-for-size", "/app/tronador.js"]
