import { memoryUsers } from '@latchkey/jwt-middleware'
import { describeUserStore } from '../user-store-suite.ts'

describeUserStore('in memory', async () => ({ users: memoryUsers() }))
