import { expect, test } from 'vitest'
import { isGroup } from './command.ts'
import { commands } from './commands/table.ts'
import { run } from './testing/memory-io.ts'

test('the overview names every command, and no command at all is a failure', async () => {
  const { code, out } = await run([])
  expect(code).toBe(1)
  for (const name of Object.keys(commands)) expect(out).toMatch(new RegExp(`^ {2}${name} `, 'm'))
  expect((await run(['--help'])).code).toBe(0)
})

test('every command and sub-command loads and explains itself', { timeout: 60_000 }, async () => {
  for (const [name, entry] of Object.entries(commands)) {
    const command = await entry.load()
    const subs = isGroup(command) ? Object.keys(command.subcommands) : []
    for (const words of [[name], ...subs.map((sub) => [name, sub])]) {
      const { code, out, err } = await run([...words, '--help'])
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(out).toMatch(new RegExp(`^alkhub ${words.join(' ')}`))
    }
  }
})

test('what is no command, sub-command or option is one sentence with its fix', async () => {
  expect(await run(['nope'])).toEqual({
    code: 1,
    out: '',
    err: 'alkhub: There is no command `nope`. Run `alkhub --help` for the list.\n',
  })
  expect((await run(['keys', 'constructor'])).err).toBe(
    'alkhub: There is no command `keys constructor`. Run `alkhub keys --help` for the list.\n',
  )
  expect((await run(['keys', 'list', '--nope'])).err).toMatch(
    /^alkhub: Unknown option '--nope'. Run `alkhub keys list --help` for its usage.\n$/,
  )
  expect((await run(['keys', 'revoke', 'a', 'b'])).err).toContain('`b` is one argument too many.')
})

test('a missing argument is asked for', async () => {
  expect((await run(['keys', 'revoke'])).err).toBe(
    'alkhub: Which key? Its id is shown by `alkhub keys list`.\n',
  )
  expect((await run(['spokes', 'get'])).err).toContain('Which spoke?')
  expect((await run(['config', 'set'])).err).toContain('Which setting?')
})
