# One image for all apps and connectors; the command names the one to run. No engine ran it yet: see README.md.
ARG NODE_VERSION=20.20.2

FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /hub
# The packages first: they change seldom, so that a build after an edit starts below them.
COPY package.json package-lock.json .npmrc ./
# `install`, not `ci`: a lockfile made on one platform may lack optional packages of another, which `ci` refuses.
RUN npm install --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:${NODE_VERSION}-bookworm-slim
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 PLUMBLINE_HTTP_HOST=0.0.0.0 PLUMBLINE_DATA_DIR=/data PLUMBLINE_HUB_FILE=/etc/plumbline/plumbline.yaml
# A named volume takes over this owner.
RUN install -d -o node -g node /data
WORKDIR /hub
COPY --from=build /hub/package.json ./
COPY --from=build /hub/node_modules ./node_modules
COPY --from=build /hub/dist/libs ./dist/libs
COPY --from=build /hub/dist/apps ./dist/apps
COPY --from=build /hub/dist/connectors ./dist/connectors
COPY deploy/health.mjs ./deploy/
USER node
# docs/adr/0004-memory.md says why these. A later flag wins: all-in-one wants --max-old-space-size=640 before its path.
ENTRYPOINT ["node", "--max-semi-space-size=32", "--single-threaded-gc", "--max-old-space-size=200"]
CMD ["dist/apps/golden/main.js"]
