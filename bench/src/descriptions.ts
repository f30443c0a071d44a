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
  peers: {
    title: 'Calls across Redis, compared with other libraries',
    how: `The same echo call goes through several processes and one Redis. References: Moleculer over Redis behind moleculer-web (HTTP in),
Socket.IO with its Redis adapter (WebSocket in,
the worker on the other node), and, as a baseline, request and reply over bare Redis pub/sub in 25 lines. None of the references checks
keys, validates or records.`,
  },
  bus: {
    title: 'The bus between two processes',
    how: `\`@alkdev/bus\` alone, between two processes, with access control, validation, signatures and recording enabled. The reference is request
and reply over bare Redis pub/sub between the same two processes. The search runs in the memory of each process.`,
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
processes: one connection records as many calls as it can while the services run. Last, a broker that records its calls and one that does not, in alternation, median of seven rounds of two seconds.
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
}
