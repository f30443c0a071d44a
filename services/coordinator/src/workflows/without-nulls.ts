/** An object without the members that are undefined or null. */
export function withoutNulls<T extends object>(
  members: T,
): { readonly [K in keyof T]?: Exclude<T[K], undefined | null> } {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== null),
  ) as { readonly [K in keyof T]?: Exclude<T[K], undefined | null> }
}
