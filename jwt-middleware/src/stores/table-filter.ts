/**
 * The tables of this package as `tablesFilter` for drizzle-kit, which otherwise plans to drop them with `push`, and
 * copies them with `pull`: `tablesFilter: [...latchkeyTables]`.
 */
export const latchkeyTables: readonly string[] = ['!latchkey_*', '!__latchkey_*']
