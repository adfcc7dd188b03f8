// What imports the package gets this error, and not a crash once the database is opened.
import { refuseOldNode } from '@latchkey/jwt-middleware/contract'

refuseOldNode(process.versions.node)
