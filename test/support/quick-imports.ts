import { quickenImports } from '../../auth-service/src/platform/process/fast-startup.ts'

// Each file is tested in a process of its own, and some start dozens more.
quickenImports()
