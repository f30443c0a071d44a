interface Shared {
  readonly value: Promise<unknown>
  users: number
}

const key = Symbol.for('alkhub.test.servers')
const registry = globalThis as unknown as Record<symbol, Map<string, Shared>>

/**
 * One server for all vitest projects that ask for it. `release` closes it when the last user has gone.
 * vitest runs each project's globalSetup, so two projects would start two servers without this.
 */
export async function acquire<T extends AsyncDisposable>(
  name: string,
  start: () => Promise<T>,
): Promise<{ readonly value: T; readonly release: () => Promise<void> }> {
  const servers = (registry[key] ??= new Map<string, Shared>())
  const shared = servers.get(name) ?? { value: start(), users: 0 }
  servers.set(name, shared)
  shared.users += 1
  const value = (await shared.value) as T
  return {
    value,
    release: async () => {
      shared.users -= 1
      if (shared.users > 0) return
      servers.delete(name)
      await value[Symbol.asyncDispose]()
    },
  }
}
