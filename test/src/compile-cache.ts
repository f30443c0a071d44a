/**
 * For the environment of a Node process that a test starts: where Node keeps compiled code, so that a process does not compile again what
 * another one has compiled. Set by `vitest.config.ts`; empty outside of vitest.
 */
export function compileCache(): Readonly<Record<string, string>> {
  const folder = process.env['NODE_COMPILE_CACHE']
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder }
}
