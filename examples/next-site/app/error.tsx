'use client'

export default function Failed({ reset }: { readonly reset: () => void }) {
  return (
    <section className="card">
      <h1>Something went wrong</h1>
      <p>Please try again in a few seconds.</p>
      <button type="button" className="button" onClick={reset}>
        Try again
      </button>
    </section>
  )
}
