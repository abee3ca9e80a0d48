# One image, two commands:
#   docker run … kass                       the API
#   docker run … kass node worker/main.ts   the ingestion worker
# It runs as a user without rights, and its root may be read-only: only /tmp and /data are written to.

# Any Debian with Node 24 and npm.
ARG BASE=node:24.21.0-bookworm-slim

# 1. Packages for production, without what only compilers and debuggers read.
FROM ${BASE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-progress --no-update-notifier \
 && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
 && find node_modules -type d \( -name dist-es -o -name dist-types \) -prune -exec rm -rf {} + \
 && find node_modules -type d -empty -delete

# 2. The base without package managers and manuals; licences stay.
FROM ${BASE} AS root
RUN rm -rf /usr/local/lib/node_modules /usr/local/include /usr/local/bin/npm /usr/local/bin/npx \
      /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn* /usr/local/share/man /usr/local/share/doc \
      /usr/share/man /usr/share/info /usr/share/locale /var/cache/* /var/lib/apt/lists/* /var/log/* /tmp/* /root/.npm \
 && find /usr/share/doc -depth \( -type f ! -name copyright -o -type d -empty \) -delete \
 && echo 'kass:x:10001:10001:KASS:/data:/usr/sbin/nologin' >> /etc/passwd \
 && echo 'kass:x:10001:' >> /etc/group \
 && mkdir -p /app /data && chown 10001:10001 /data

# 3. What was removed would still be in the base's layers, so the image begins anew.
FROM scratch
COPY --from=root / /
COPY --from=packages /app/node_modules /app/node_modules
COPY package.json kass /app/
COPY shared /app/shared
COPY service /app/service
COPY worker /app/worker
COPY tools /app/tools

ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="KASS" \
      org.opencontainers.image.description="Answers a company's questions from its own documents, with the place of every answer" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"

ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080 \
    AUTH=keys \
    KASS_DATA=/data \
    HEARTBEAT_FILE=/tmp/kass-worker-heartbeat
WORKDIR /app
USER 10001:10001
# Fargate gives an empty volume to root, unless the image names the path: then it has the rights of the path, 1777.
VOLUME ["/tmp"]
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "tools/healthcheck.ts"]
CMD ["node", "service/server.ts"]
