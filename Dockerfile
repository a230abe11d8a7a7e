# A gateway in a container: as nobody in particular, on a root file system that it need not write to. compose.yaml says
# how to run it; docs/operating.md says why.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.web.json ./
COPY scripts ./scripts
COPY src ./src
COPY web ./web
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE}
ENV NODE_ENV=production \
    OPENCLAW_STATE_DIR=/state
RUN install --directory --owner=1000 --group=1000 --mode=0700 /state
WORKDIR /app
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
# The image's own user "node". By number, so that whoever runs it can see that it is not root.
USER 1000:1000
VOLUME ["/state"]
EXPOSE 18789
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.OPENCLAW_GATEWAY_PORT || 18789}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/bin/openclaw.mjs"]
# Whoever is outside of the container comes from another address, so it listens on all; without a token it refuses to.
CMD ["gateway", "--bind", "lan"]
