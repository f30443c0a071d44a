import type { Db } from '@alkdev/storage'
import { loadLivePlan, readPlanVersion } from '@alkdev/storage/tasks'
import type { LivePlan } from '@alkdev/storage/tasks'
import { liveGraphOf } from './live-graph.ts'
import type { LiveGraph } from './live-graph.ts'

/** Tasks of all plans that are kept, together, and one for each plan. A larger plan is read for each question. */
const MAX_KEPT = 50_000

/** The plans of projects, read again only after a change. */
export class LivePlans {
  readonly #db: Db
  /** By project; the one that was asked for last is the last one. */
  readonly #kept = new Map<string, LivePlan>()
  #size = 0

  constructor(db: Db) {
    this.#db = db
  }

  /** The tasks of a project as they are now. */
  async of(projectId: string): Promise<LiveGraph> {
    const known = this.#kept.get(projectId)
    if (known !== undefined && known.version === (await readPlanVersion(this.#db, projectId))) {
      this.#forget(projectId)
      this.#keep(projectId, known)
      return liveGraphOf(known)
    }
    const plan = await loadLivePlan(this.#db, projectId)
    this.#forget(projectId)
    this.#keep(projectId, plan)
    return liveGraphOf(plan)
  }

  #keep(projectId: string, plan: LivePlan): void {
    if (sizeOf(plan) > MAX_KEPT) return
    this.#kept.set(projectId, plan)
    this.#size += sizeOf(plan)
    for (const [oldest] of this.#kept) {
      if (this.#size <= MAX_KEPT) break
      this.#forget(oldest)
    }
  }

  #forget(projectId: string): void {
    const plan = this.#kept.get(projectId)
    if (plan === undefined) return
    this.#size -= sizeOf(plan)
    this.#kept.delete(projectId)
  }
}

function sizeOf({ tasks }: LivePlan): number {
  return tasks.length + 1
}
