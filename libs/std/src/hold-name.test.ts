import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { holdName } from './hold-name.ts'

test('a name has one holder, and is free again when it is given up', async () => {
  const name = randomUUID()
  const held = await holdName(name)
  expect(held).not.toBeUndefined()
  expect(await holdName(name)).toBeUndefined()
  const other = await holdName(`${name}-2`)
  expect(other).not.toBeUndefined()
  await other?.[Symbol.asyncDispose]()
  await held?.[Symbol.asyncDispose]()
  const again = await holdName(name)
  expect(again).not.toBeUndefined()
  await again?.[Symbol.asyncDispose]()
})

test('the name of another process is taken until that process is killed', async () => {
  const name = randomUUID()
  const module = JSON.stringify(new URL('hold-name.ts', import.meta.url).href)
  const script = `
    import { holdName } from ${module}
    console.log((await holdName(${JSON.stringify(name)})) !== undefined)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  expect(said.toString()).toBe('true\n')
  expect(await holdName(name)).toBeUndefined()
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
  const held = await holdName(name)
  expect(held).not.toBeUndefined()
  await held?.[Symbol.asyncDispose]()
})
