# One image for all five services and for the programs that run once; the command says which one a container is. Each program is a bundle in
# /app/programs, whose comments name the sources.

FROM node:24-bookworm-slim AS manifests
WORKDIR /app
COPY pnpm-lock.yaml pnpm-workspace.yaml package.json ./
COPY patches patches
COPY libs libs
COPY services services
COPY apps apps
# Only manifests decide whether packages are installed anew: a change of code keeps the next stage's layer.
RUN find libs services apps -type f ! -name package.json -delete && chmod -R a+rX .

# Bundles the programs with their packages. The image gets the bundles and what they read, and neither sources nor most packages.
FROM node:24-bookworm-slim AS programs
ARG PNPM_VERSION=12.21.0
RUN npm install --global --ignore-scripts --no-audit --no-fund --no-update-notifier pnpm@${PNPM_VERSION}
WORKDIR /app
COPY --from=manifests /app /app
RUN pnpm install --prod --frozen-lockfile --reporter=append-only \
    --filter-prod "@alkdev/gateway..." --filter-prod "@alkdev/spoke-broker..." --filter-prod "@alkdev/coordinator..." \
    --filter-prod "@alkdev/inference-proxy..." --filter-prod "@alkdev/mcp..." --filter-prod "@alkdev/sdk..."
COPY tsconfig.base.json ./
COPY libs libs
COPY services services
COPY migrations migrations
RUN node libs/sdk/src/bundles/image-main.ts /image

# Builds the libraries that the gateway serves below /sdk/. The image gets the tarballs, and nothing of what built them.
FROM node:24-bookworm-slim AS sdk
ARG PNPM_VERSION=12.21.0
RUN npm install --global --ignore-scripts --no-audit --no-fund --no-update-notifier pnpm@${PNPM_VERSION}
WORKDIR /app
COPY --from=manifests /app /app
RUN pnpm install --frozen-lockfile --reporter=append-only --filter alkhub \
    --filter "@alkdev/sdk..." --filter "@alkdev/client..." --filter "@alkdev/pubsub..." --filter "@alkdev/taskgraph..." \
    --filter "@alkdev/flowgraph..." --filter "keypal..."
COPY tsconfig.base.json LICENSE-MIT LICENSE-APACHE ./
COPY libs libs
RUN node libs/sdk/src/main.ts /app/sdk && chmod -R a+rX /app/sdk

# Builds the console that the gateway serves below /console. The image gets its files, and nothing of what built them.
FROM node:24-bookworm-slim AS console
ARG PNPM_VERSION=12.21.0
RUN npm install --global --ignore-scripts --no-audit --no-fund --no-update-notifier pnpm@${PNPM_VERSION}
WORKDIR /app
COPY --from=manifests /app /app
RUN pnpm install --frozen-lockfile --reporter=append-only --filter "@alkdev/console..."
COPY tsconfig.base.json ./
# What the console imports, and the settings of TypeScript that its build reads.
COPY libs libs
COPY apps apps
RUN node apps/console/src/build/main.ts /app/console-build && chmod -R a+rX /app/console-build

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=programs /image /app
COPY --from=sdk /app/sdk sdk
COPY --from=console /app/console-build console
# A new volume that is mounted here belongs to the user of the services, so that one of them can make the secrets in it.
RUN install -d -o node -g node /run/alkhub
USER node
CMD ["node", "programs/gateway.js"]
