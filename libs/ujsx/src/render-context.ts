/** How much room a rendering takes. */
export const Density = { COMPACT: 'compact', NORMAL: 'normal', SPACIOUS: 'spacious' } as const
export type Density = (typeof Density)[keyof typeof Density]

/** In which direction text runs. */
export const Direction = { LTR: 'ltr', RTL: 'rtl' } as const
export type Direction = (typeof Direction)[keyof typeof Direction]

/** A named value that a host may be given, with what counts when it is not. Identity is the object, not the name. */
export class Context<T> {
  readonly name: string
  readonly defaultValue: T

  constructor(name: string, defaultValue: T) {
    this.name = name
    this.defaultValue = defaultValue
  }
}

/** The properties of the place for which a host renders. Immutable. */
export class RenderContext {
  readonly density: Density
  readonly direction: Direction
  readonly #values: ReadonlyMap<Context<unknown>, unknown>

  constructor(
    options: {
      readonly density?: Density
      readonly direction?: Direction
      readonly values?: ReadonlyMap<Context<unknown>, unknown>
    } = {},
  ) {
    this.density = options.density ?? Density.NORMAL
    this.direction = options.direction ?? Direction.LTR
    this.#values = options.values ?? new Map()
  }

  get<T>(context: Context<T>): T {
    return this.#values.has(context) ? (this.#values.get(context) as T) : context.defaultValue
  }

  /** A copy in which `context` has another value. */
  with<T>(context: Context<T>, value: T): RenderContext {
    const values = new Map(this.#values).set(context, value)
    return new RenderContext({ density: this.density, direction: this.direction, values })
  }
}
