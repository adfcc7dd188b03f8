import { run } from '@latchkey/house-style/run'

run('Supplier', () => import('./app.ts'))
