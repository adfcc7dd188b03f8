import { type SQL, sql } from 'drizzle-orm'

/**
 * A text parameter of a prepared join. SQLite compiles a join again on every run, which takes ten times as long as the
 * run, if it compares a column with a bare parameter: its planner looks at the value (`sqlite3ExprIsInteger`, since
 * SQLite 3.48). It doesn't look into an expression.
 */
export const joinParameter = (name: string): SQL => sql`CAST(${sql.placeholder(name)} AS TEXT)`
