/** Holds a caller and a provider of one checkout's bus, and makes as many calls between them as the parent says. */

interface Harness {
  readonly alice: object
  readonly spec: (id: string) => object
  readonly pair: (
    url: string,
    operations: readonly (readonly [object, (input: unknown) => unknown])[],
  ) => Promise<{ readonly caller: { readonly bus: Caller; readonly records: unknown[] } }>
}

interface Caller {
  call(operationId: string, input: unknown, options: object): Promise<unknown>
}

const CONCURRENCY = 32

const [, , checkout = '', url = ''] = process.argv
const harness = (await import(`${checkout}/libs/bus/src/testing/harness.ts`)) as Harness
const { alice, pair, spec } = harness
const two = await pair(url, [[spec('tasks.echo'), (input) => input]])
const { bus, records } = two.caller

async function calls(count: number): Promise<void> {
  let left = count
  const loop = async (): Promise<void> => {
    while (left-- > 0) {
      await bus.call('tasks.echo', { path: 'README.md', limit: 100 }, { principal: alice })
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, loop))
  records.length = 0
}

process.on('message', (count: number) => void calls(count).then(() => process.send?.('done')))
process.send?.('ready')
