// How the site's search ranks: a heading that has the words before every page that only contains them. Otherwise as Sphinx does.
var Scorer = {
  score: ([_page, _title, _anchor, _text, score, _file, kind]) => (kind === SearchResultKind.title ? 100 * score : score),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
