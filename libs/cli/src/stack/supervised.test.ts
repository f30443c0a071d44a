import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { TiedProcess } from '../servers/tied-process.ts'
import { Supervised } from './supervised.ts'
import type { ProcessRun, ProcessState, SupervisedOptions } from './supervised.ts'

function run(script: string): ProcessRun {
  const tied = new TiedProcess({
    file: '/bin/sh',
    args: ['-c', script],
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    stopSignal: 'TERM',
    stopMs: 1000,
  })
  tied.stdout.resume()
  tied.stderr.resume()
  return { process: tied, lastWords: () => 'its last words' }
}

/** The log lines about one process, in order. */
function supervise(start: SupervisedOptions['start'], timing: SupervisedOptions['timing'] = {}) {
  const states: ProcessState[] = []
  const supervised = new Supervised({
    name: 'x',
    start,
    onChange: ({ state }) => states.push(state),
    timing: { firstDelayMs: 1, maxDelayMs: 4, ...timing },
  })
  return { supervised, states, [Symbol.asyncDispose]: () => supervised.stop() }
}

test('a process that was killed is started again, and says when, how and how often it ended', async () => {
  await using tried = supervise(() => run('exec sleep 300'))
  await tried.supervised.start()
  tried.supervised.watch()
  for (const ends of [1, 2]) {
    const { pid } = tried.supervised.state
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(() =>
      expect(tried.supervised.state).toMatchObject({
        state: 'running',
        ends,
        lastEnd: { code: null, signal: 'SIGKILL', words: 'its last words' },
      }),
    )
    expect(tried.supervised.state.pid).not.toBe(pid)
  }
})

test('a process that ended while it was not watched is restarted as soon as it is watched', async () => {
  let starts = 0
  await using tried = supervise(() => run((starts += 1) === 1 ? 'exit 3' : 'exec sleep 300'))
  const first = await tried.supervised.start()
  await first.process.exited
  tried.supervised.watch()
  await vi.waitFor(() =>
    expect(tried.supervised.state).toMatchObject({ state: 'running', lastEnd: { code: 3 } }),
  )
})

test('delays double up to the largest, and after too many ends in a row it is failing but continues', async () => {
  await using tried = supervise(() => run('exit 1'), { firstDelayMs: 1, maxDelayMs: 8, maxEnds: 3 })
  await tried.supervised.start()
  tried.supervised.watch()
  await vi.waitFor(() => expect(tried.supervised.state.ends).toBeGreaterThan(5), 10_000)
  const waits = tried.states
    .filter(({ state }) => state !== 'running')
    .map(({ state, nextStartAt, lastEnd }) => [
      state,
      Date.parse(nextStartAt ?? '') - Date.parse(lastEnd?.at ?? ''),
    ])
  expect(waits.slice(0, 5).map(([state]) => state)).toEqual([
    ...['waiting', 'waiting', 'waiting', 'failing', 'failing'],
  ])
  // The time between two readings of the clock may round up.
  const least = [1, 2, 4, 8, 8]
  for (const [at, [, ms]] of waits.slice(0, 5).entries())
    expect(ms).toBeGreaterThanOrEqual(least[at] ?? 0)
})

test('a run that lasted long enough starts the delays from the first again', async () => {
  await using tried = supervise(() => run('exit 1'), { healthyMs: 0, maxEnds: 1 })
  await tried.supervised.start()
  tried.supervised.watch()
  await vi.waitFor(() => expect(tried.supervised.state.ends).toBeGreaterThan(4), 10_000)
  expect(tried.states.map(({ state }) => state)).not.toContain('failing')
})

test('a start that fails counts as an end and is tried again', async () => {
  let starts = 0
  await using tried = supervise(() => {
    starts += 1
    if (starts === 2 || starts === 3) throw new Error('No room.')
    return run(starts === 1 ? 'exit 0' : 'exec sleep 300')
  })
  await tried.supervised.start()
  tried.supervised.watch()
  await vi.waitFor(() =>
    expect(tried.supervised.state).toMatchObject({
      state: 'running',
      ends: 3,
      lastEnd: { words: 'No room.' },
    }),
  )
})

test('a stop ends the process, and a stop while it waits for its next start starts nothing', async () => {
  let starts = 0
  await using tried = supervise(() => run((starts += 1) === 1 ? 'exit 0' : 'exec sleep 300'), {
    firstDelayMs: 60_000,
    maxDelayMs: 60_000,
  })
  await tried.supervised.start()
  tried.supervised.watch()
  await vi.waitFor(() => expect(tried.supervised.state.state).toBe('waiting'))
  await tried.supervised.stop()
  expect(starts).toBe(1)

  const deaf = run('trap "" TERM; echo deaf; while :; do sleep 1; done')
  const isDeaf = once(deaf.process.stdout, 'data')
  await using other = supervise(() => deaf)
  const stubborn = await other.supervised.start()
  await isDeaf
  other.supervised.watch()
  await other.supervised.stop()
  expect(await stubborn.process.exited).toEqual({ code: null, signal: 'SIGKILL' })
})

test('a stop during a start gives the start up', async () => {
  await using tried = supervise(async (signal) => {
    const started = run('exec sleep 300')
    if (tried.supervised.state.ends === 0) return started
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    return started
  })
  const first = await tried.supervised.start()
  tried.supervised.watch()
  first.process.child.kill('SIGKILL')
  await vi.waitFor(() => expect(tried.supervised.state.ends).toBe(1))
  await tried.supervised.stop()
})
