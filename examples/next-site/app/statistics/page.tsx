import { permissionRequired } from '../../auth'
import { countNotes } from '../../lib/notes'

export default async function Statistics() {
  await permissionRequired('notes.statistics')
  return (
    <section className="card">
      <h1>Statistics</h1>
      <p>{countNotes()} notes so far.</p>
    </section>
  )
}
