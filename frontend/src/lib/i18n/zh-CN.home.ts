/** 简体中文：赛季相关页面（排行榜除外）的文字。 */
import type { HomeCatalogue } from './messages';

export const zhCNHome: HomeCatalogue = {
	'home.title': '赛季',
	'season.notask': '还没有任务。',
	'home.none': '还没有赛季。',
	'task.notestset': '还没有测试集',
	'task.board': '排行榜',
	'home.season.new': '新建赛季',
	'home.lead': '在隐藏测试集上评分的竞赛，并用置信区间说明哪些差异是真实的。',
	'home.open': '{n} 个赛季正在进行',
	'home.leads': '领先 {other} {points} 个百分点',
	'home.level': '与 {other} 持平',
	'home.baseline.ahead': '领先最好的基线 {points} 个百分点',
	'home.baseline.level': '与最好的基线持平',
	'home.baseline.behind': '落后最好的基线 {points} 个百分点',
	'home.own': '第 {rank} 名，{error} %',
	'home.teams': '共 {n} 支队伍',
	'home.next': '要参加赛季，请创建队伍，或凭邀请加入队伍：'
};
