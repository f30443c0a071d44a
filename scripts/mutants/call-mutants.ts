import type { Mutant } from './mutate.ts'

const POLICY = 'libs/bus/src/caller/routing-policy.ts'
const POLICY_TEST = ['libs/bus/src/caller/routing-policy.test.ts']
const CALLER_TESTS = [
  'libs/bus/src/calls.redis.test.ts',
  'libs/bus/src/aborted-calls.redis.test.ts',
  'libs/bus/src/call-limits.redis.test.ts',
  'libs/bus/src/nested-calls.redis.test.ts',
  'libs/bus/src/wire.redis.test.ts',
]
const ATTEMPT_TESTS = ['libs/bus/src/attempt-rules.redis.test.ts']
const OUTAGE_TESTS = ['libs/bus/src/outages.redis.test.ts', 'libs/bus/src/failures.redis.test.ts']
const STREAM_TESTS = ['libs/bus/src/provider/run.test.ts', 'libs/bus/src/streams.redis.test.ts']
const SEND_WINDOW = 'libs/operations/src/stream/send-window.ts'
const RECEIVE_WINDOW = 'libs/operations/src/stream/receive-window.ts'
const WINDOW_TESTS = ['libs/operations/src/stream/windows.test.ts']

/** Rules of routing, attempts, leases and streams. */
export const CALL_MUTANTS: readonly Mutant[] = [
  {
    rule: 'A call of class never is not repeated after a loss.',
    file: POLICY,
    find: "keyed: 'same-spoke', never: 'end-lost' }",
    replace: "keyed: 'same-spoke', never: 'reroute' }",
    tests: POLICY_TEST,
  },
  {
    rule: 'A keyed call goes to its spoke once more and not again and again.',
    file: POLICY,
    find: '(!facts.atSpoke || facts.losses > 0)',
    replace: '!facts.atSpoke',
    tests: POLICY_TEST,
  },
  {
    rule: 'A keyed call is not given to another spoke after a loss.',
    file: POLICY,
    find: "lost: { safe: 'reroute', keyed: 'same-spoke'",
    replace: "lost: { safe: 'reroute', keyed: 'reroute'",
    tests: POLICY_TEST,
  },
  {
    rule: 'A stream that has delivered an item is not begun again.',
    file: POLICY,
    find: 'if (facts.received > 0) return',
    replace: 'if (facts.received > 1_000_000) return',
    tests: POLICY_TEST,
  },
  {
    rule: 'After a loss a refusal does not make a call repeatable.',
    file: POLICY,
    find: "if (facts.losses > 0 && retry !== 'safe') return STEPS.lost[retry]",
    replace: '',
    tests: POLICY_TEST,
  },
  {
    rule: 'A resumed attempt that is refused has an unknown outcome.',
    file: POLICY,
    find: "if (facts.resumed) return 'end-lost'",
    replace: '',
    tests: POLICY_TEST,
  },
  {
    rule: 'The leases and the registry are read only once before a call ends without a provider.',
    file: POLICY,
    find: 'return facts.refreshed || facts.local',
    replace: 'return facts.local',
    tests: POLICY_TEST,
  },
  {
    rule: 'Only the instance that has an attempt can give it up.',
    file: 'libs/bus/src/caller/caller.ts',
    find: '(givesUp(frame) && !this.#isAt(current, frame.from))',
    replace: 'false',
    tests: CALLER_TESTS,
  },
  {
    rule: 'The answer of an attempt that was replaced is dropped.',
    file: 'libs/bus/src/caller/caller.ts',
    find: 'current?.number !== attempt',
    replace: 'false',
    tests: ATTEMPT_TESTS,
  },
  {
    rule: 'Aborting a call aborts the calls below it.',
    file: 'libs/bus/src/caller/caller.ts',
    find: 'this.find(child)?.abort(error)',
    replace: 'void child',
    tests: CALLER_TESTS,
  },
  {
    rule: 'A pair of call id and attempt is started at most once.',
    file: 'libs/bus/src/provider/provider.ts',
    find: 'if (!goesOn(frame, known)) {',
    replace: 'if (frame.attempt < 0) {',
    tests: CALLER_TESTS,
  },
  {
    rule: 'A request that arrives after its abort is not started.',
    file: 'libs/bus/src/provider/provider.ts',
    find: 'if (record === undefined && !this.#log.full) this.#log.addEnded(frame)',
    replace: '',
    tests: CALLER_TESTS,
  },
  {
    rule: 'What runs for a caller whose lease is over is aborted.',
    file: 'libs/bus/src/provider/provider.ts',
    find: 'if (!this.#options.leases.isLost(caller, heardAt)) continue',
    replace: 'if (caller !== "") continue',
    tests: OUTAGE_TESTS,
  },
  {
    rule: 'The provider enforces the deadline when the abort of the caller is lost.',
    file: 'libs/bus/src/provider/provider.ts',
    find: 'if (run.leftMs >= -SWEEP_MS) continue',
    replace: 'if (run.leftMs >= -1e12) continue',
    tests: ATTEMPT_TESTS,
  },
  {
    rule: 'An instance that is not sure of its lease starts nothing.',
    file: 'libs/bus/src/provider/admission.ts',
    find: 'viaFormer || !leases.sure',
    replace: 'viaFormer && !leases.sure && false',
    tests: ATTEMPT_TESTS,
  },
  {
    rule: 'A draining instance takes no new calls of its service.',
    file: 'libs/bus/src/provider/admission.ts',
    find: "leases.draining && target.kind === 'service'",
    replace: 'false',
    tests: ATTEMPT_TESTS,
  },
  {
    rule: 'An instance that runs as many calls as it may refuses with OVERLOADED.',
    file: 'libs/bus/src/provider/admission.ts',
    find: 'if (active.size >= limits.maxProvided)',
    replace: 'if (active.size > limits.maxProvided + 1_000_000)',
    tests: CALLER_TESTS,
  },
  {
    rule: 'After an outage of Redis a missing lease proves nothing for the time of grace.',
    file: 'libs/bus/src/leases/lease-expiry.ts',
    find: 'return performance.now() >= this.#graceUntil ||',
    replace: 'return performance.now() >= 0 ||',
    tests: ['libs/bus/src/leases/lease-expiry.test.ts'],
  },
  {
    rule: 'A process that could not renew its lease fences itself.',
    file: 'libs/bus/src/leases/leases.ts',
    find: 'performance.now() - this.#renewedAt > this.#options.limits.fenceMs',
    replace: 'performance.now() - this.#renewedAt > 1e12',
    tests: OUTAGE_TESTS,
  },
  {
    rule: 'A call that its spoke had not started is refused and not lost.',
    file: 'libs/bus/src/provider/run.ts',
    find: 'if (started) this.#options.sink.lost(reason)',
    replace: 'if (started || true) this.#options.sink.lost(reason)',
    tests: STREAM_TESTS,
  },
  {
    rule: 'A call that its spoke had started is lost and not refused.',
    file: 'libs/bus/src/provider/run.ts',
    find: 'if (started) this.#options.sink.lost(reason)',
    replace: 'if (started && false) this.#options.sink.lost(reason)',
    tests: STREAM_TESTS,
  },
  {
    rule: 'An answer after the abort is not sent.',
    file: 'libs/bus/src/provider/run.ts',
    find: "this.#settleAbort('ignored')\n    if (this.#silenced) return\n",
    replace: "this.#settleAbort('ignored')\n",
    tests: STREAM_TESTS,
  },
  {
    rule: 'A producer that ignores the credit gets no number for its item.',
    file: SEND_WINDOW,
    find: 'if (this.#sent >= this.#upTo + this.#size) return undefined',
    replace: '',
    tests: WINDOW_TESTS,
  },
  {
    rule: 'A producer waits for credit.',
    file: SEND_WINDOW,
    find: 'if (this.isOpen) return undefined',
    replace: 'if (this.isOpen || this.#sent < 1e9) return undefined',
    tests: WINDOW_TESTS,
  },
  {
    rule: 'A credit that is older than another takes nothing back.',
    file: SEND_WINDOW,
    find: 'if (!(upTo > this.#upTo)) return',
    replace: '',
    tests: WINDOW_TESTS,
  },
  {
    rule: 'An item that came before is dropped.',
    file: RECEIVE_WINDOW,
    find: "seq < next ? 'duplicate' : 'gap'",
    replace: "seq < next ? 'next' : 'gap'",
    tests: WINDOW_TESTS,
  },
  {
    rule: 'A gap in the numbers of the items ends the call.',
    file: RECEIVE_WINDOW,
    find: "seq < next ? 'duplicate' : 'gap'",
    replace: "'duplicate'",
    tests: WINDOW_TESTS,
  },
  {
    rule: 'A consumer accepts no item beyond twice its window.',
    file: RECEIVE_WINDOW,
    find: "if (next > this.#granted + this.#size) return 'overrun'",
    replace: '',
    tests: WINDOW_TESTS,
  },
  {
    rule: 'Credit is sent when half of the window was read.',
    file: RECEIVE_WINDOW,
    find: 'credits < this.#size / 2 ? undefined',
    replace: 'credits < 1e9 ? undefined',
    tests: WINDOW_TESTS,
  },
  {
    rule: 'A new connection is granted the credit that is open.',
    file: RECEIVE_WINDOW,
    find: 'return credits < 1 ? undefined : { upTo, credits }',
    replace: 'return undefined',
    tests: WINDOW_TESTS,
  },
  {
    rule: 'After a move an item without a number is a gap.',
    file: RECEIVE_WINDOW,
    find: "if (this.#resumed) return 'gap'",
    replace: '',
    tests: WINDOW_TESTS,
  },
]
