import { quickenImports } from '../../auth-service/src/platform/process/fast-startup.ts'

// Each test file has its own process, and some start dozens more.
quickenImports()
