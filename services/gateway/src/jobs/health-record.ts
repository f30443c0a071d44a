import type { SystemFinding } from '@alkdev/contracts'
import { raiseFinding, resolveFindings } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'

/** Failures in a row after which a check is stored: an instance that restarts is no failure. */
const FAILURES = 2
const KIND = 'failed-health'
const SUBJECT = 'health-check'

/** Stores checks of the state of the hub that fail, and closes them when they succeed. */
export class HealthRecord {
  readonly #db: Db
  readonly #failures = new Map<string, number>()

  constructor(db: Db) {
    this.#db = db
  }

  /** Takes the findings of one look. Throws what the database throws; the next look repeats what was not stored. */
  async take(findings: readonly SystemFinding[]): Promise<void> {
    const checks = new Map<string, SystemFinding | undefined>()
    for (const finding of findings) {
      const known = checks.get(finding.check)
      checks.set(finding.check, finding.state === 'wrong' ? (known ?? finding) : known)
    }
    for (const [check, finding] of checks) {
      // oxlint-disable-next-line no-await-in-loop -- a handful, and rarely more than one has changed
      await (finding === undefined ? this.#resolve(check) : this.#raise(finding))
    }
  }

  async #raise({ check, says, fix }: SystemFinding): Promise<void> {
    const failures = (this.#failures.get(check) ?? 0) + 1
    if (failures === FAILURES)
      await raiseFinding(this.#db, {
        kind: KIND,
        severity: 'high',
        subject: { type: SUBJECT, id: check },
        accountId: null,
        summary: `${check}: ${says}`,
        evidence: { ...(fix !== undefined && { fix }) },
      })
    this.#failures.set(check, failures)
  }

  async #resolve(check: string): Promise<void> {
    if (this.#failures.get(check) === 0) return
    await resolveFindings(this.#db, { type: SUBJECT, id: check }, KIND)
    this.#failures.set(check, 0)
  }
}
