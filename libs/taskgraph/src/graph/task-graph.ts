import { at, edgeKey } from '@alkdev/graph'
import { CircularDependencyError, TaskNotFoundError } from '../errors.ts'
import type {
  TaskGraphEdgeAttributes,
  TaskGraphNodeAttributes,
  TaskGraphSerialized,
} from '../schema/graph.ts'
import type { DependencyEdge, TaskInput } from '../schema/task.ts'
import { attributesOf, edgeAttributes, noAttributes } from './attributes.ts'
import { findCycles } from './snapshot.ts'
import { edgeBetween, NodeStore } from './node-store.ts'
import { createRawGraph } from './raw-graph.ts'
import type { RawTaskGraph } from './raw-graph.ts'
import { checkSerialized, exportStore } from './serialized.ts'
import type { GraphSnapshot } from './snapshot.ts'
import { unresolvedDependencies, validateGraph, validateSchema } from './validate.ts'
import type {
  AnyValidationError,
  GraphValidationError,
  UnresolvedDependency,
  ValidationError,
} from './validate.ts'

export interface FromTasksOptions {
  /**
   * What becomes of a dependency on an id that no task has. `node` (default): the id becomes a node of its
   * own, reported by `unresolvedDependencies`. `ignore`: it is left out. `throw`: TaskNotFoundError.
   */
  readonly unresolved?: 'node' | 'ignore' | 'throw'
  /** A task that depends on itself: `throw` (default) a CircularDependencyError, or `ignore` it. */
  readonly selfDependency?: 'throw' | 'ignore'
}

/** Cycles that `findCycles` gives when no limit is asked for. */
const defaultCycleLimit = 1000
/** Cycles that an error or a validation carries. */
const reportedCycles = 100

/**
 * Tasks and what they wait for; edges run from prerequisite to dependent. Cycles may be built and only
 * matter to what needs an order; a task can't depend on itself or twice on the same one.
 */
export class TaskGraph {
  readonly #store = new NodeStore()
  #raw: RawTaskGraph | undefined

  /** @throws InvalidInputError and the errors of `fromJSON` */
  constructor(data?: TaskGraphSerialized) {
    if (data !== undefined) TaskGraph.fromJSON(data, this)
  }

  /**
   * A graph from tasks with their `dependsOn`. A dependency named twice counts once.
   * @throws DuplicateNodeError, InvalidInputError (an empty id), and what the options ask for
   */
  static fromTasks(tasks: readonly TaskInput[], options: FromTasksOptions = {}): TaskGraph {
    const { unresolved = 'node', selfDependency = 'throw' } = options
    const graph = new TaskGraph()
    const store = graph.#store
    const nodes = tasks.map((task) => store.addNode(task.id, attributesOf(task)))
    for (const [index, task] of tasks.entries()) {
      const target = at(nodes, index)
      for (const id of task.dependsOn) {
        let source = store.find(id)
        if (source === undefined) {
          if (unresolved === 'throw') throw new TaskNotFoundError(id)
          if (unresolved === 'ignore') continue
          source = store.addNode(id, { name: id }, true)
        }
        if (source === target && selfDependency === 'ignore') continue
        if (edgeBetween(source, target) === undefined) {
          store.linkNodes(source, target, noAttributes)
        }
      }
    }
    return graph
  }

  /**
   * A graph from tasks and separate dependencies, strictly; `dependsOn` is not looked at.
   * @throws DuplicateNodeError, TaskNotFoundError, DuplicateEdgeError, CircularDependencyError (a task on
   * itself), InvalidInputError (a retention outside 0 to 1)
   */
  static fromRecords(tasks: readonly TaskInput[], edges: readonly DependencyEdge[]): TaskGraph {
    const graph = new TaskGraph()
    for (const task of tasks) graph.#store.addNode(task.id, attributesOf(task))
    for (const { from, to, qualityRetention } of edges) {
      graph.#store.addEdge(from, to, edgeAttributes(qualityRetention))
    }
    return graph
  }

  /**
   * A graph from its JSON, or into `target`, which it is added to. Everything is checked before `target`
   * is touched, but for ids that `target` has already.
   * @throws InvalidInputError, DuplicateNodeError, TaskNotFoundError, DuplicateEdgeError, CircularDependencyError
   */
  static fromJSON(data: unknown, target: TaskGraph = new TaskGraph()): TaskGraph {
    const { nodes, edges, attributes } = checkSerialized(data)
    const unresolved = new Set(attributes.unresolved)
    const add = (graph: TaskGraph) => {
      for (const node of nodes) {
        graph.addTask(node.key, { ...node.attributes })
        if (unresolved.has(node.key)) graph.#store.get(node.key).unresolved = true
      }
      for (const edge of edges) {
        graph.addDependency(edge.source, edge.target, edge.attributes.qualityRetention)
      }
    }
    if (target.taskCount() > 0) add(new TaskGraph())
    add(target)
    return target
  }

  /**
   * Adds a task. A task that was only known as a dependency of another is completed and keeps its dependents.
   * @throws DuplicateNodeError; InvalidInputError for an empty id
   */
  addTask(id: string, attributes: TaskGraphNodeAttributes): void {
    const known = this.#store.find(id)
    if (known?.unresolved) {
      known.unresolved = false
      if (this.#raw === undefined) known.attributes = { ...attributes }
      else this.#raw.replaceNodeAttributes(id, attributes)
      return
    }
    // With a graphology graph handed out, changes go there and return as its events.
    if (this.#raw === undefined || known !== undefined || id === '')
      this.#store.addNode(id, { ...attributes })
    else this.#raw.addNode(id, attributes)
  }

  /**
   * Makes `dependent` wait for `prerequisite`. Without `qualityRetention` each analysis uses its default (0.9).
   * @throws TaskNotFoundError, DuplicateEdgeError, CircularDependencyError (both the same), InvalidInputError
   */
  addDependency(prerequisite: string, dependent: string, qualityRetention?: number): void {
    const attributes = edgeAttributes(qualityRetention)
    const possible = prerequisite !== dependent && !this.#store.hasEdge(prerequisite, dependent)
    if (this.#raw !== undefined && possible && this.#has(prerequisite) && this.#has(dependent)) {
      const key = edgeKey(prerequisite, dependent)
      this.#raw.addDirectedEdgeWithKey(key, prerequisite, dependent, attributes)
    } else this.#store.addEdge(prerequisite, dependent, attributes)
  }

  /** Removes a task and its dependencies in both directions; nothing happens when it is not there. */
  removeTask(id: string): void {
    if (this.#raw === undefined) this.#store.removeNode(id)
    else if (this.#raw.hasNode(id)) this.#raw.dropNode(id)
  }

  /** Removes a dependency; nothing happens when it is not there. */
  removeDependency(prerequisite: string, dependent: string): void {
    if (this.#raw === undefined) this.#store.removeEdge(prerequisite, dependent)
    else if (this.#store.hasEdge(prerequisite, dependent)) {
      this.#raw.dropDirectedEdge(prerequisite, dependent)
    }
  }

  /**
   * Changes some attributes of a task.
   * @throws TaskNotFoundError
   */
  updateTask(id: string, partial: Partial<TaskGraphNodeAttributes>): void {
    const node = this.#store.get(id)
    if (this.#raw === undefined) node.attributes = { ...node.attributes, ...partial }
    else this.#raw.mergeNodeAttributes(id, partial)
  }

  /**
   * Changes some attributes of a dependency.
   * @throws TaskNotFoundError whose `taskId` is the edge's key when it is not there; InvalidInputError
   */
  updateEdgeAttributes(
    prerequisite: string,
    dependent: string,
    partial: Partial<TaskGraphEdgeAttributes>,
  ): void {
    const edge = this.#store.findEdge(prerequisite, dependent)
    if (edge === undefined) throw new TaskNotFoundError(edgeKey(prerequisite, dependent))
    const checked = edgeAttributes(partial.qualityRetention)
    if (this.#raw === undefined) {
      const attributes = { ...edge.attributes, ...partial, ...checked }
      this.#store.setEdgeAttributes(prerequisite, dependent, attributes)
    } else this.#raw.mergeDirectedEdgeAttributes(prerequisite, dependent, partial)
  }

  hasCycles(): boolean {
    const { order, nodes } = this.#store.snapshot()
    return order.length < nodes.length
  }

  /**
   * Cycles as lists of ids, each task a prerequisite of the next and the last of the first: one for each
   * edge that closes one in a depth-first search, `limit` (1000) at most. Not every cycle there is.
   */
  findCycles(options: { readonly limit?: number } = {}): string[][] {
    return findCycles(this.#store.snapshot(), options.limit ?? defaultCycleLimit)
  }

  /**
   * All ids, prerequisites before dependents; among those that are ready at the same time the first added first.
   * @throws CircularDependencyError
   */
  topologicalOrder(): string[] {
    const { nodes, order } = this.orderedSnapshot()
    return Array.from(order, (index) => at(nodes, index).id)
  }

  /** @throws TaskNotFoundError */
  dependencies(id: string): string[] {
    return Array.from(this.#store.get(id).incoming, (edge) => edge.source.id)
  }

  /** @throws TaskNotFoundError */
  dependents(id: string): string[] {
    return Array.from(this.#store.get(id).outgoing, (edge) => edge.target.id)
  }

  taskCount(): number {
    return this.#store.nodeCount
  }

  dependencyCount(): number {
    return this.#store.edgeCount
  }

  /** Ids in the order in which they were added. */
  taskIds(): string[] {
    return Array.from(this.#store.nodes(), (node) => node.id)
  }

  getTask(id: string): TaskGraphNodeAttributes | undefined {
    return this.#store.find(id)?.attributes
  }

  /** The tasks that the filter keeps, with the dependencies among them; a graph of its own. */
  subgraph(filter: (id: string, attributes: TaskGraphNodeAttributes) => boolean): TaskGraph {
    const part = new TaskGraph()
    for (const node of this.#store.nodes()) {
      if (!filter(node.id, node.attributes)) continue
      part.#store.addNode(node.id, { ...node.attributes }, node.unresolved)
    }
    for (const { id } of part.#store.nodes()) {
      for (const edge of this.#store.get(id).outgoing) {
        if (!part.#has(edge.target.id)) continue
        part.#store.addEdge(id, edge.target.id, { ...edge.attributes })
      }
    }
    return part
  }

  export(): TaskGraphSerialized {
    return exportStore(this.#store)
  }

  toJSON(): TaskGraphSerialized {
    return this.export()
  }

  /** Attributes that do not fit their schema; never throws. */
  validateSchema(): ValidationError[] {
    return validateSchema(this.#store)
  }

  /** Cycles and unresolved dependencies; never throws. */
  validateGraph(): GraphValidationError[] {
    return validateGraph(this.#store, reportedCycles)
  }

  validate(): AnyValidationError[] {
    return [...this.validateSchema(), ...this.validateGraph()]
  }

  /** Dependencies on ids that no task has, as left by `fromTasks`. */
  unresolvedDependencies(): UnresolvedDependency[] {
    return unresolvedDependencies(this.#store)
  }

  /**
   * The graph as a graphology `DirectedGraph`, made at the first call and live from then on: a change to
   * either shows in the other. Changes are slower once it exists.
   */
  get raw(): RawTaskGraph {
    return (this.#raw ??= createRawGraph(this.#store))
  }

  /** The graph as arrays of numbers, for algorithms; to be read only, and good until the next change. */
  snapshot(): GraphSnapshot {
    return this.#store.snapshot()
  }

  /**
   * `snapshot()` of a graph that has an order.
   * @throws CircularDependencyError
   */
  orderedSnapshot(): GraphSnapshot {
    const snapshot = this.#store.snapshot()
    if (snapshot.order.length === snapshot.nodes.length) return snapshot
    throw new CircularDependencyError(findCycles(snapshot, reportedCycles))
  }

  #has(id: string): boolean {
    return this.#store.find(id) !== undefined
  }
}
