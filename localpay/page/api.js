// Talks to /_local. What was refused is an Error whose message people may read.

const answered = async (request) => {
  const answer = await request;
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error ?? `Status ${answer.status}`);
  return said;
};

export const read = (path) => answered(fetch(`/_local/${path}`));

export const act = (name, given) =>
  answered(fetch(`/_local/${name}`, { method: "POST", body: JSON.stringify(given ?? {}) }));
