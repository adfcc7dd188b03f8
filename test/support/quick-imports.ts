import { quickenImports } from '../../auth-service/src/platform/process/fast-startup.ts'

/** A worker may run several files, one after another. */
const already = globalThis as typeof globalThis & { hasQuickImports?: true }

// Each worker is a process, and some start dozens more.
if (!already.hasQuickImports) quickenImports()
already.hasQuickImports = true
