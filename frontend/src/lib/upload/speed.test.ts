import { describe, expect, it } from 'vitest';
import { Speedometer } from './speed';

describe('the speed', () => {
	it('is that of the last seconds', () => {
		const speed = new Speedometer();
		expect(speed.rate).toBeNull();
		for (let second = 0; second <= 30; second++)
			speed.add(second < 20 ? second * 10 : 200 + (second - 20) * 100, second * 1000);
		expect(speed.rate).toBeCloseTo(100);
		expect(speed.left(2200)).toBeCloseTo(10);
	});

	it('starts over where a piece is sent again', () => {
		const speed = new Speedometer();
		speed.add(0, 0);
		speed.add(1000, 1000);
		speed.add(500, 1100);
		expect(speed.rate).toBeNull();
	});
});
