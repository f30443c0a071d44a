export interface Description {
  readonly title: string
  /** How it is measured and what the reference is, in Markdown. */
  readonly how: string
}

/** What each bench does, in the order of the page. */
export const descriptions: Readonly<Record<string, Description>> = {
  calls: {
    title: 'Calls over one broker',
    how: `From one WebSocket to another, over one broker: caller, broker and spoke are a process each. The reference is the floor of anything of this kind: a relay of 30 lines that
passes frames between bare \`ws\` sockets, in as many processes, without keys, checks or records. The spoke is a bare socket too, so that what is compared is the broker;
the rows of *a spoke made with the library* have one as people write it.`,
  },
  peers: {
    title: 'Calls across Redis, beside others',
    how: `The same echo through several processes and one Redis. References: Moleculer over Redis behind moleculer-web (HTTP in), Socket.IO with its Redis adapter (WebSocket in,
the worker on the other node), and request and reply over bare Redis pub/sub in 25 lines, which is the floor. None of the references checks keys, validates or records.`,
  },
  bus: {
    title: 'The bus between two processes',
    how: `\`@alkdev/bus\` alone, between two processes: access control, validation, signatures and recording on. The reference is request and reply over bare Redis pub/sub
between the same two processes. The search is in the memory of each process.`,
  },
  death: {
    title: 'Death, silence, cancelling, weight',
    how: `Two brokers; the spoke is attached to one, its caller to the other, with a call in flight. The clock runs from the signal (\`SIGKILL\`, seven times; \`SIGSTOP\`, once) to the caller's error, or
from the frame that cancels to the frame at the spoke. The weight is the growth of the broker's resident memory over the idle spokes that attached within 60 s, the first 500 not counted, for each.`,
  },
  'broker-death': {
    title: 'A broker killed under load',
    how: `Two brokers behind a gateway, twelve spokes of the library in three processes, and 16 callers that call all of them without a pause, over HTTP and over the other broker's
WebSocket. From \`SIGKILL\` of a broker until every spoke has answered, through the other broker, a call made after it; the worst of three. A call counts as unanswered
when it has neither a result nor an error after 20 s.`,
  },
  revocation: {
    title: 'Revoked keys',
    how: `From the answer of \`keys.revoke\` to the first refusal of the key, in real processes of which each has the key in its memory, at random moments. The reference is the median.`,
  },
  keypal: {
    title: 'Keys and signatures',
    how: `Key checks over 10,000 keys of a store in memory, use counting on and a guard of freshness that always says yes, best of three. The reference is the hash of the key by \`node:crypto\`, which cannot be
saved; for signatures, \`createHmac\`.`,
  },
  operations: {
    title: 'The registry in process',
    how: `One call in a loop that awaits each, processor time, best round of several, turn about. The reference is Ajv and the handler called by hand; for the validation alone, Ajv.`,
  },
  pubsub: {
    title: 'Events in process',
    how: `Events per second to listeners of one topic, best of several runs; the reference is an \`EventTarget\` that is given the same events.`,
  },
  spoke: {
    title: 'The spoke library',
    how: `The spoke's side alone: a hub in memory, a real socket, another process; best of the rounds, turn about. The reference stands in parentheses.`,
  },
  taskgraph: {
    title: 'Task graphs',
    how: `In process, middle of several runs. *Linear* compares the time for a dependency with that of a graph of a quarter of the size; the other reference is graphology.`,
  },
  flowgraph: {
    title: 'Workflows',
    how: `In process, middle of several runs, every step started and answered.`,
  },
}
