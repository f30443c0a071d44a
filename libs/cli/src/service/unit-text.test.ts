import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { unitText } from './unit-text.ts'

const base = { clone: '/srv/hub', folder: '/srv/work', args: [], path: '/opt/node:/usr/bin' }

test('the unit of a user runs `alkhub up` in the folder and starts with the log-in', () => {
  const args = ['--no-spoke', '--port=4000']
  expect(unitText({ ...base, args, user: undefined })).toBe(
    `# The local stack of /srv/hub, written by \`alkhub service install\`.
[Unit]
Description=alkhub, the local stack of /srv/hub

[Service]
Type=exec
WorkingDirectory=/srv/work
Environment="PATH=/opt/node:/usr/bin"
ExecStart="/srv/hub/alkhub" "up" "--no-spoke" "--port=4000"
Restart=on-failure
RestartSec=5
# Stopped while it starts.
SuccessExitStatus=130
# \`alkhub up\` stops its processes in order within ten seconds, and restarts one that was killed for its memory.
KillMode=mixed
TimeoutStopSec=30
OOMPolicy=continue

[Install]
WantedBy=default.target
`,
  )
})

test('the unit of the system runs as an account, after the network, and starts with the machine', () => {
  const lines = unitText({ ...base, user: 'ada' }).split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'After=network-online.target',
      'User=ada',
      'WantedBy=multi-user.target',
    ]),
  )
})

test('a percent sign is doubled, and what a unit can not hold is refused', () => {
  const text = unitText({ ...base, clone: '/srv/50% hub', user: undefined })
  expect(text).toContain('ExecStart="/srv/50%% hub/alkhub" "up"\n')
  for (const bad of ['/a"b', '/a$b', '/a\\b', '/a\nExecStart=/bin/x', "/a'b"])
    for (const part of [{ clone: bad }, { folder: bad }, { path: bad }, { args: [bad] }])
      expect(() => unitText({ ...base, ...part, user: undefined })).toThrow("can't hold")
})

const isVerifiable = spawnSync('systemd-analyze', ['--version']).status === 0

test.skipIf(!isVerifiable)('systemd finds no fault in either unit', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-unit-'))
  const clone = join(dir.path, '50% hub')
  await mkdir(clone)
  await writeFile(join(clone, 'alkhub'), '#!/bin/sh\n')
  await chmod(join(clone, 'alkhub'), 0o755)
  for (const user of [undefined, userInfo().username]) {
    const file = join(dir.path, user === undefined ? 'of-user.service' : 'of-system.service')
    const args = ['--no-spoke', '--listen=::1']
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await writeFile(file, unitText({ ...base, clone, folder: clone, args, user }))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
      encoding: 'utf8',
    })
    const about = stderr.split('\n').filter((line) => line.includes('of-'))
    expect([status, about]).toEqual([0, []])
  }
})
