import type { RegistrySpoke } from '@alkdev/contracts'
import type { Identity } from '@alkdev/operations'

const GRANT = 'spoke:'

/** The ids of spokes by what opens them to an identity: their owner, their organization, their name. */
export class SpokesByHolder {
  readonly #byOwner = new Map<string, Set<string>>()
  readonly #byOrganization = new Map<string, Set<string>>()
  readonly #byName = new Map<string, Set<string>>()

  /** Removes the former state of a spoke and adds the new one. */
  replace(former: RegistrySpoke | undefined, present: RegistrySpoke | undefined): void {
    if (former !== undefined && present !== undefined && hasSameHolders(former, present)) return
    if (former !== undefined) this.#delete(former)
    if (present !== undefined) this.#add(present)
  }

  /** Those of the identity, of its organizations, and those that it is granted by name; each once. */
  of({ id, orgIds = [], resources = {} }: Identity): Iterable<string> {
    const sets = [
      this.#byOwner.get(id),
      ...orgIds.map((orgId) => this.#byOrganization.get(orgId)),
      ...Object.keys(resources).map((resource) =>
        resource.startsWith(GRANT) ? this.#byName.get(resource.slice(GRANT.length)) : undefined,
      ),
    ].filter((set) => set !== undefined)
    const [only] = sets
    return sets.length === 1 && only !== undefined ? only : new Set(sets.flatMap((set) => [...set]))
  }

  #add({ spokeId, ownerId, orgId, name }: RegistrySpoke): void {
    add(this.#byOwner, ownerId, spokeId)
    if (orgId !== undefined) add(this.#byOrganization, orgId, spokeId)
    add(this.#byName, name, spokeId)
  }

  #delete({ spokeId, ownerId, orgId, name }: RegistrySpoke): void {
    remove(this.#byOwner, ownerId, spokeId)
    if (orgId !== undefined) remove(this.#byOrganization, orgId, spokeId)
    remove(this.#byName, name, spokeId)
  }
}

function hasSameHolders(a: RegistrySpoke, b: RegistrySpoke): boolean {
  return a.ownerId === b.ownerId && a.orgId === b.orgId && a.name === b.name
}

function add(index: Map<string, Set<string>>, holder: string, spokeId: string): void {
  const known = index.get(holder)
  if (known === undefined) index.set(holder, new Set([spokeId]))
  else known.add(spokeId)
}

function remove(index: Map<string, Set<string>>, holder: string, spokeId: string): void {
  const known = index.get(holder)
  if (known?.delete(spokeId) === true && known.size === 0) index.delete(holder)
}
