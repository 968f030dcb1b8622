// Shows the operations and schemas of the reference that have all words of the search in their path, summary or text.
const field = document.getElementById('search');
const found = document.getElementById('found');
const entries = [...document.querySelectorAll('details.entry')].map((element) => ({
  element,
  link: element.querySelector('[id]').id,
  head: element.querySelector('summary').textContent.toLowerCase(),
  text: element.textContent.toLowerCase(),
}));
const sections = [...document.querySelectorAll('main section')];

function search() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  // What has the words in its path or summary is meant; only if nothing has, its text is looked at.
  const has = (key) => (entry) => words.every((word) => entry[key].includes(word));
  const heads = entries.filter(has('head'));
  const shown = new Set(heads.length ? heads : entries.filter(has('text')));
  for (const entry of entries) entry.element.hidden = !shown.has(entry);
  for (const section of sections) section.hidden = !section.querySelector('details.entry:not([hidden])');
  found.textContent = words.length ? `${shown.size} found` : '';
}

field.closest('p').hidden = false;
field.addEventListener('input', search);
// A link to something that the search hides shows everything again.
addEventListener('hashchange', () => {
  field.value = '';
  search();
});
