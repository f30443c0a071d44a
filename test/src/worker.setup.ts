import { installResolveCache } from '@alkdev/service/resolve-cache'

// Loaded by each worker of vitest before anything else. Without it a worker spends about a second on the package.json of drizzle-orm.
installResolveCache()
