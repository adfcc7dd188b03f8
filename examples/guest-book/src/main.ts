import { run } from '@latchkey/house-style/run'

run('Guest book', () => import('./app.ts'))
