export interface Description {
  readonly title: string
  /** How it is measured and what the reference is, in Markdown. */
  readonly how: string
}

/** The description of each bench, in the order of the page. */
export const descriptions: Readonly<Record<string, Description>> = {
  calls: {
    title: 'Calls over one broker',
    how: `A call goes from one WebSocket to another over one broker. Caller, broker and spoke are separate processes. The reference is a baseline: a
relay of 30 lines that passes frames between bare \`ws\` sockets, in the same number of processes, without keys, checks or records. The
spoke is a bare socket too, so that the comparison measures the broker. The rows of *a spoke made with the library* use the spoke library.`,
  },
  path: {
    title: 'A call over HTTP, gateway, Redis, broker and spoke',
    how: `64 HTTP connections call an echo at a bare spoke. The reference is a baseline: the same processes with \`node:http\`, Redis pub/sub, \`ws\` and JSON in 80 lines, which
sends all frames of a turn of the event loop as one message and has no keys, checks, limits, traces or records. Moleculer stands behind moleculer-web, over the same Redis, and has one process
less. The processor time is that of a fixed number of calls, with the kernel's share, until the records of the calls are written; medians of nine rounds in alternation.
\`node bench/src/path-cpu.ts DIR [DIR ...]\` compares checkouts in one run, \`node bench/src/path-profile.ts\` prints the longest functions of the gateway, the broker and the spoke.`,
  },
  'path-stages': {
    title: 'Where a call over HTTP spends processor time',
    how: `The path of the bench before, 64 in flight. The processes of Node are profiled one after the other, 6,000 calls each. The *ratio* is the part of the process; stages
below 2 % are left out. The profiler, and other work of the machine, make the times longer than those of the bench before; the parts stay. Then 20,000 calls without a
profiler: what the kernel takes of each process, as Linux counts it.`,
  },
  traces: {
    title: 'What traces cost',
    how: `The call of the bench before, over four hubs of their own in alternation: without traces, and with 0 %, 10 % and 100 % of the calls recorded. A
recorded call has a span for the request, for the call and its attempt over Redis, and for the socket of the spoke. A collector in a process of its own, which is not counted,
takes them. The reference is the hub without traces. Processor time of the caller and of all processes of the hub for one call; medians of the rounds.`,
  },
  mcp: {
    title: 'The MCP service',
    how: `Clients of MCP 2026-07-28 over HTTP, in alternation. \`call\` goes through the MCP service, Redis, the broker and a spoke, with keys, checks and records. The
reference is the bare server of the official SDK, which echoes in its own process, and the same call over HTTP at the gateway.`,
  },
  peers: {
    title: 'Calls across Redis, compared with other libraries',
    how: `The same echo call goes through several processes and one Redis. References: Socket.IO with its Redis adapter (WebSocket in,
the worker on the other node), and, as a baseline, request and reply over bare Redis pub/sub in 25 lines. None of the references checks
keys, validates or records.`,
  },
  openapi: {
    title: 'The OpenAPI document of 10,000 operations',
    how: `Twenty spokes with 500 operations each. Five readers with keys of different accounts ask for the document at once after each of five changes of the registry, while
\`/livez\` is asked without a pause by the same process.`,
  },
  bus: {
    title: 'The bus between two processes',
    how: `\`@alkdev/bus\` alone, between two processes, with access control, validation, signatures and recording enabled. The reference is request
and reply over bare Redis pub/sub between the same two processes. The search runs in the memory of each process.`,
  },
  scale: {
    title: 'A registry and instances beyond one machine',
    how: `The bus of the services, in process, on a real Redis. One instance holds a registry of spokes with equal operations, as one program on many machines
offers; its objects are made again at each reading, as from PostgreSQL. The memory is the heap after a garbage collection. Then many instances in one process, with
leases only, and 200 with a registry. [scaling](../architecture/scaling.md) says what follows from it.`,
  },
  death: {
    title: 'Lost spokes, aborts and memory per spoke',
    how: `There are two brokers. The spoke is attached to one, its caller to the other, with a call in flight. The time is measured from the signal
(\`SIGKILL\`, seven times; \`SIGSTOP\`, once) to the caller's error, or from the frame that cancels to the frame at the spoke. The memory is
the growth of the broker's resident memory per idle spoke that attached within 60 s, without the first 500.`,
  },
  'broker-death': {
    title: 'A broker killed under load',
    how: `There are two brokers behind a gateway, twelve spokes of the library in three processes, and 16 callers that call all of them without a
pause, over HTTP and over the other broker's WebSocket. The time runs from \`SIGKILL\` of a broker until every spoke has answered, through
the other broker, a call made after the signal; the worst of three. A call counts as unanswered when it has neither a result nor an error
after 20 s.`,
  },
  'call-log': {
    title: 'The call log',
    how: `Batches of 500 ended calls, written by the storage library into a PostgreSQL: the processor time of its backend and of the writing process, median of twelve rounds. Then a hub of real
processes: one connection records as many calls as it can while the services run. Last, a gateway that records its calls beside one
that does not, and a broker likewise, in alternation, median of seven rounds of two seconds.
\`node bench/src/call-log-cpu.ts DIR [DIR ...]\` compares the first rows of several checkouts in one run.`,
  },
  revocation: {
    title: 'Revoked keys',
    how: `The time runs from the answer of \`keys.revoke\` to the first refusal of the key, in real processes that all have the key in their cache, at
random moments. The reference is the median.`,
  },
  keypal: {
    title: 'Keys and signatures',
    how: `Key checks over 10,000 keys of a store in memory, with use counting enabled and a freshness check that always succeeds; best of three. The
reference is the hash of the key by \`node:crypto\`, which is always needed; for signatures, \`createHmac\`.`,
  },
  operations: {
    title: 'The registry in process',
    how: `Processor time of calls in a loop that awaits each, best of several rounds, measured alternately. The reference is Ajv plus a direct call of
the handler; for the validation alone, Ajv.`,
  },
  pubsub: {
    title: 'Events in process',
    how: `Events per second to listeners of one topic, best of several runs; the reference is an \`EventTarget\` with the same events.`,
  },
  spoke: {
    title: 'The spoke library',
    how: `The spoke's side alone: a hub in memory, a real socket, another process; best of the rounds, measured alternately. The reference is in
parentheses.`,
  },
  taskgraph: {
    title: 'Task graphs',
    how: `In process, median of several runs. *Linear* compares the time per dependency with that of a graph of a quarter of the size; the other
reference is graphology.`,
  },
  flowgraph: {
    title: 'Workflows',
    how: `In process, median of several runs; every step is started and answered.`,
  },
  queue: {
    title: 'Queued calls, compared with other queues',
    how: `A gateway, a broker, a coordinator and a spoke in the process of the bench, on a PostgreSQL with \`synchronous_commit=on\` and a Redis of their own.
Requests go over HTTP; each queued call is checked, stored with its rights, run at the spoke over the bus, recorded, and its result stored. The reference is a bare
table in the same PostgreSQL: one insert for a job, two updates to run it, no checks. pg-boss (the same PostgreSQL) and BullMQ (the same Redis, without
\`fsync\`) run their jobs in the process of the bench. pg-boss looks for jobs every 0.5 s. The last row kills the coordinator of 200 running calls and waits until another one has them.`,
  },
  detect: {
    title: 'Detection in sessions',
    how: `Each rule on the labelled logs of the repository: ten or more in which it has to notice something, those of the other rules, and more than twenty in
which nothing is wrong. The logs were written for this and are not taken from real work.`,
  },
  'calls-list': {
    title: 'The list of calls',
    how: `A million rows of ten days in the call log, most of them of 200 other accounts, are read through a gateway over HTTP by an administrator, 60 times
with each filter after 30 that are not measured. The filters of the last rows have no index and read a time window. The reference is the p95.`,
  },
  inference: {
    title: 'Calls of models',
    how: `A chat completion of a provider that answers at once, through the inference proxy and through a bare relay (Fastify and undici) to the same provider, 16
in flight, the contenders in alternation. The reference is the processor time of the relay. Each row adds one feature, so that the difference of
two rows is its price. Processor time is that of the proxy's own process, and of the gateway or HAProxy in the rows that name them; PostgreSQL and Redis
come beside it. The rounds have 4,000 calls, after 8,000 of each contender. HAProxy has the configuration of the stack of containers.
The gateway's and HAProxy's own parts stand beside a bare relay in their place, before the same inference proxy.`,
  },
  'inference-streams': {
    title: 'Streams of models',
    how: `256 streams of 50 frames in a second at a time, through the inference proxy and through the bare relay: whether each arrives whole, and how long the
first content takes.`,
  },
  'inference-memory': {
    title: 'Memory of the inference proxy',
    how: `The resident memory of the inference proxy, started as \`up\` starts it, while it serves 100,000 calls with everything on.`,
  },
  'tasks-next': {
    title: 'Live tasks',
    how: `A project of 10,000 pending tasks, a tenth of them ready, with two dependencies and two globs each, is asked 60 times through a gateway
over HTTP. The claim is given to the same account again and again.`,
  },
  'coord-status': {
    title: 'The status of a tree of sessions',
    how: `A tree of 500 sessions below one lead, with reports, 20 messages each and a finding in every fifth, is asked for 60 times through a gateway
over HTTP.`,
  },
  'coord-spawn': {
    title: 'Spawning and ending sessions',
    how: `Three dev spokes serve worktrees of one git repository; two coordinators. The time of a spawn runs from the call over HTTP to its answer: the session, its
worktree and its first message are there, and the model has not been asked. Then three trees of 50 sessions, all of which get an answer of a model, are ended
one after the other: from the request to the moment at which the process of a session has stopped.`,
  },
  sessions: {
    title: 'Agent sessions',
    how: `A gateway, a broker, a coordinator, the inference proxy, a model that acts out a script and a spoke, each a process. A step is an answer of 50 pieces of text and a call
of a tool at the spoke, which answers at once; everything is stored. *The hub's part* is the time from the end of an answer of the model to its next request, of one session
alone: the end of the step, the call at the spoke and back, and the way to the model. The memory of sessions that wait for approvals is the growth of the coordinator's
resident memory. With the watchers, which read over HTTP, the model writes 100 pieces in a second; medians of three turns in alternation. *Bytes in the tables* are those of all
rows of the session as PostgreSQL stores them, with long values compressed and without indexes; *bytes of text produced* are the text and the inputs of the model and the
outputs of the tool.`,
  },
}
