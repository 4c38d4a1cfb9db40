import t from 'tap'
import { parseTilePath, tilePath, tileWidth } from '../../../src/audit/tiles.ts'

t.test('paths are those of tlog-tiles', async (t) => {
  t.equal(tilePath(0, 0), 'tile/0/000')
  t.equal(tilePath(0, 1234067), 'tile/0/x001/x234/067')
  t.equal(tilePath(1, 1, 112), 'tile/1/001.p/112')
  t.equal(tilePath('entries', 273, 112), 'tile/entries/273.p/112')
  t.equal(tilePath('entries', 1000), 'tile/entries/x001/000')
})

t.test('widths are those of the example in tlog-tiles: a tree of 70,000 leaves', async (t) => {
  t.equal(tileWidth(0, 272, 70_000), 256)
  t.equal(tileWidth(0, 273, 70_000), 112)
  t.equal(tileWidth(0, 274, 70_000), 0)
  t.equal(tileWidth(1, 0, 70_000), 256)
  t.equal(tileWidth(1, 1, 70_000), 17)
  t.equal(tileWidth(2, 0, 70_000), 1)
})

t.test('a path is read as it is written, and in no other spelling', async (t) => {
  for (const [level, number, width] of [
    [0, 0, 256],
    [63, 1234067, 1],
    ['entries', 999_999_999_999_999, 255],
    [1, 1000, 112],
  ] as const) {
    t.same(parseTilePath(tilePath(level, number, width)), { level, number, width })
  }
  for (const path of [
    'tile/0/00',
    'tile/0/1234',
    'tile/0/x001/67',
    'tile/0/x000/001',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/012',
    'tile/0/000.p/',
    'tile/0/000/',
    'tile/0/000?x',
    'tile/entries/../0',
    'tile/other/000',
    'checkpoint',
  ]) {
    t.equal(parseTilePath(path), undefined, path)
  }
})
