// The code on a grid's poster: an address that names the grid, as `gridmap atlas --link` writes it, or the grid's code alone.

const MOST = 500;

/** Return the code of the grid that a poster's code names, null where it names none that is known. */
export function gridOf(text: string, known: ReadonlySet<string>): string | null {
  const said = text.trim();
  if (said === "" || said.length > MOST) return null;
  for (const candidate of candidates(said)) if (known.has(candidate)) return candidate;
  return null;
}

function* candidates(said: string): Generator<string> {
  yield said;
  let url: URL | null = null;
  try {
    url = new URL(said);
  } catch {
    // No address: a code, or words around one.
  }
  if (url !== null) {
    for (const name of ["grid", "code", "g"]) {
      const value = url.searchParams.get(name);
      if (value !== null) yield value;
    }
    for (const part of `${url.pathname}${url.hash}`.split(/[/#?&=]/).reverse()) yield decoded(part);
  }
  // The longest first: a grid's code begins with its community's.
  yield* (said.match(/[0-9]{6,}/g) ?? []).sort((a, b) => b.length - a.length);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
