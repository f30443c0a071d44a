import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { stackPaths } from '../stack/paths.ts'
import { run } from '../testing/memory-io.ts'

const { root } = stackPaths()

/** A folder with a stand-in for systemctl that writes down what it is asked, so that nothing of this machine changes. */
async function machine() {
  const dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-service-'))
  const asked = join(dir.path, 'asked')
  await mkdir(join(dir.path, 'bin'))
  const script = `#!/bin/sh
echo "$@" >>'${asked}'
case "$*" in *show*) cat '${dir.path}/state' ;; esac
`
  await writeFile(join(dir.path, 'bin/systemctl'), script, { mode: 0o755 })
  const state = (text: string) => writeFile(join(dir.path, 'state'), text)
  await state('ActiveState=active\nSubState=running\nMainPID=7\nNRestarts=0\n')
  const env = {
    PATH: [join(dir.path, 'bin'), '.', '/usr/bin', '/bin', '/a$b'].join(delimiter),
    XDG_CONFIG_HOME: join(dir.path, 'settings'),
  }
  const file = join(dir.path, 'settings/systemd/user/alkhub.service')
  return {
    folder: dir.path,
    file,
    env,
    state,
    /** What systemctl was asked, without the questions for the state. */
    asked: async () =>
      (await readFile(asked, 'utf8').catch(() => ''))
        .split('\n')
        .filter((line) => line !== '' && !line.includes('show')),
    service: (...args: string[]) => run(['service', ...args], { env, cwd: root }),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  }
}

test('install --print prints the unit with the options of up, and changes nothing', async () => {
  await using on = await machine()
  const { code, out } = await on.service('install', '--print', '--no-spoke', '--port', '4000')
  expect(code).toBe(0)
  expect(out).toContain(`\nWorkingDirectory=${root}\n`)
  expect(out).toContain(`\nExecStart="${root}/alkhub" "up" "--port=4000" "--no-spoke"\n`)
  expect(out).toContain('\nWantedBy=default.target\n')
  const folders = `${root}/node_modules/.bin:${on.folder}/bin:/usr/bin:/bin`
  expect(out).toContain(`\nEnvironment="PATH=${folders}"\n`)
  const system = await on.service('install', '--print', '--system', '--json')
  expect(JSON.parse(system.out)).toEqual({
    file: '/etc/systemd/system/alkhub.service',
    text: expect.stringMatching(/\nUser=\w+\n/),
  })
  expect(await on.asked()).toEqual([])
  await expect(readFile(on.file)).rejects.toThrow('ENOENT')
})

test('install writes, enables and starts the unit; uninstall stops and removes it', async () => {
  await using on = await machine()
  expect(await on.service('status')).toMatchObject({
    code: 1,
    out: expect.stringContaining('does not exist'),
  })
  const installed = await on.service('install')
  expect([installed.code, installed.err]).toEqual([0, ''])
  expect(installed.out).toContain('loginctl enable-linger')
  const { out } = await on.service('install', '--print')
  expect(await readFile(on.file, 'utf8')).toBe(out)
  const unit = 'alkhub.service'
  const steps = ['--user daemon-reload', `--user enable ${unit}`, `--user restart ${unit}`]
  expect(await on.asked()).toEqual(steps)
  const removed = await on.service('uninstall', '--json')
  expect(JSON.parse(removed.out)).toEqual({ removed: true, file: on.file })
  const stop = [`--user disable --now ${unit}`, '--user daemon-reload']
  expect(await on.asked()).toEqual([...steps, ...stop])
  expect(await on.service('uninstall')).toMatchObject({
    code: 0,
    out: `${on.file} does not exist: nothing was removed.\n`,
  })
})

test('status says whether it runs, how often it was restarted and how it ended', async () => {
  await using on = await machine()
  await on.service('install')
  expect(await on.service('status')).toMatchObject({ code: 0 })
  await on.state(
    'UnitFileState=enabled\nActiveState=activating\nSubState=auto-restart\nMainPID=0\nNRestarts=3\nResult=oom-kill\nExecMainExitTimestamp=Sun 2026-11-29 10:00:00 UTC\n',
  )
  expect(await on.service('status')).toMatchObject({
    code: 1,
    out: 'alkhub.service is activating (auto-restart) and enabled.\nsystemd has restarted it 3 times.\nIt ended at Sun 2026-11-29 10:00:00 UTC (oom-kill).\n',
  })
})

test('a unit of another clone is left as it is', async () => {
  await using on = await machine()
  await mkdir(join(on.folder, 'settings/systemd/user'), { recursive: true })
  await writeFile(on.file, '[Unit]\n')
  for (const command of ['install', 'uninstall', 'status'])
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await on.service(command)).toMatchObject({
      code: 1,
      err: expect.stringContaining('is not a unit of this clone. Choose another name'),
    })
  expect(await on.asked()).toEqual([])
  expect(await on.service('status', '--name', 'Other_One')).toMatchObject({ code: 2 })
})

test('without systemd nothing is written, and the fix is named', async () => {
  await using on = await machine()
  await writeFile(
    join(on.folder, 'bin/systemctl'),
    '#!/bin/sh\necho "System has not been booted with systemd." >&2\nexit 1\n',
    { mode: 0o755 },
  )
  const { code, err } = await on.service('install')
  expect(code).toBe(1)
  expect(err).toContain('failed: System has not been booted with systemd. Without systemd, print')
  await expect(readFile(on.file)).rejects.toThrow('ENOENT')
})
