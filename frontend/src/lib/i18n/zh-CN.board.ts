/** 简体中文：榜单中稍后载入的部分的文字。 */
import type { BoardCatalogue } from './messages';

export const zhCNBoard: BoardCatalogue = {
	'board.disqualified': '已取消资格',
	'board.disqualified.lead': '主办方已将这些结果移出排名。',
	'board.asof': '此榜单只含在此之前得出的结果：',
	'board.frozen': '榜单已冻结，只显示在此之前得出的结果：',
	'board.present': '查看当前榜单',
	'board.versions': '测试集版本',
	'moves.title': '排名变化',
	'board.jump': '跳到名次',
	'board.jump.go': '跳转',
	'board.jump.own': '我的队伍',
	'chart.time.label': '{n} 个结果；最佳错误率从 {first} % 到 {last} %',
	'chart.time.caption': '每个点是一个结果，折线是当时的最佳错误率（百分比）。',
	'chart.time.team': '折线是 {team} 当时的最佳错误率（百分比），浅色的点是其他队伍的结果。',
	'chart.time.moment': '全部 {n} 个结果都在一分钟之内得出，因此没有随时间的变化。时间：',
	'chart.forest.caption': '错误率（百分比）及其 95 % 区间；色带为第一行的区间。',
	'chart.forest.first': '显示前 {n} 行。',
	'board.embed': '嵌入此榜单',
	'board.embed.hint': '把它放进你的网页。可在地址后加 ?rows=5 或 ?theme=dark。'
};
