import type { Database } from '@alkdev/storage'

/** A fact of a turn: the row whose change is the fact. */
interface Fact {
  readonly table: string
  readonly on: 'insert' | 'update'
  /** A condition on the row. */
  readonly when: string
}

/** What a turn with one tool call stores, in its order, each in one transaction. */
const FACTS = {
  'turn started': { table: 'turns', on: 'insert', when: 'true' },
  'step started': { table: 'turn_steps', on: 'insert', when: 'new.step = 1' },
  'step stored': {
    table: 'turn_steps',
    on: 'update',
    when: "new.step = 1 and new.status = 'done' and old.status <> 'done'",
  },
  'call dispatched': {
    table: 'tool_calls',
    on: 'update',
    when: "new.status = 'dispatched' and old.status <> 'dispatched'",
  },
  'call ended': {
    table: 'tool_calls',
    on: 'update',
    when: 'new.ended_at is not null and old.ended_at is null',
  },
  'next step started': { table: 'turn_steps', on: 'insert', when: 'new.step = 2' },
  'answer stored': {
    table: 'turn_steps',
    on: 'update',
    when: "new.step = 2 and new.status = 'done' and old.status <> 'done'",
  },
  'turn ended': {
    table: 'turns',
    on: 'update',
    when: "new.status = 'ended' and old.status <> 'ended'",
  },
} as const satisfies Record<string, Fact>

export type StoredFact = keyof typeof FACTS
export type Moment = 'before' | 'after'
/** `before`: its transaction is lost with the process. `after`: it is committed, and the process knows nothing of it. */
export type StoredPoint = `${Moment} ${StoredFact}`

export const STORED_POINTS: readonly StoredPoint[] = (Object.keys(FACTS) as StoredFact[]).flatMap(
  (fact) => [`before ${fact}`, `after ${fact}`] as const,
)

/** Of the advisory locks at which transactions stop. */
const LOCKS = 20_317

/** Stops transactions of chosen sessions at chosen points until they are let go. Nothing of the services knows of it. */
export interface KillPoints {
  /** Before the session works. */
  stopAt(sessionId: string, point: StoredPoint): Promise<void>
  /** The sessions whose transaction stands at its point. */
  stopped(): Promise<ReadonlySet<string>>
  /** Lets all go, also a transaction that comes to its point later. */
  letGo(): Promise<void>
}

/** Adds triggers to a migrated database. Of the given one there is one connection, which nothing else uses: it holds the locks. */
export async function addKillPoints({ sql }: Database): Promise<KillPoints> {
  await sql.unsafe(`
    create table kill_points (place serial, session_id text primary key, point text not null);
    create function stop_at_point() returns trigger language plpgsql as $$
    declare found_place int;
    begin
      select place into found_place from kill_points where session_id = new.session_id and point = tg_argv[0];
      if found_place is not null then perform pg_advisory_xact_lock_shared(${LOCKS}, found_place); end if;
      return null;
    end $$;`)
  const entries = Object.entries(FACTS) as [StoredFact, Fact][]
  for (const [index, [fact, { table, on, when }]] of entries.entries())
    // oxlint-disable-next-line no-await-in-loop -- on one connection
    await sql.unsafe(`
      create trigger before_${index} after ${on} on ${table} for each row when (${when})
        execute function stop_at_point('before ${fact}');
      create constraint trigger after_${index} after ${on} on ${table} deferrable initially deferred for each row when (${when})
        execute function stop_at_point('after ${fact}');`)
  return {
    async stopAt(sessionId, point) {
      const [row] = await sql<{ place: number }[]>`
        insert into kill_points (session_id, point) values (${sessionId}, ${point}) returning place`
      await sql`select pg_advisory_lock(${LOCKS}::int, ${row?.place ?? 0}::int)`
    },
    async stopped() {
      const rows = await sql<{ session_id: string }[]>`
        select session_id from kill_points join pg_locks on objid::int = place
        where locktype = 'advisory' and classid::int = ${LOCKS} and not granted`
      return new Set(rows.map((row) => row.session_id))
    },
    async letGo() {
      await sql`delete from kill_points`
      await sql`select pg_advisory_unlock_all()`
    },
  }
}
