/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* c++ -std=c++17 vector.cpp $(pkg-config --cflags --libs cdm) */

#include <cdm.hpp>

#include <cstdio>
#include <map>
#include <numeric>
#include <vector>

int main()
{
	try {
		cdm::memory_resource device;
		/* Few, large blocks: straight from the device. */
		std::pmr::vector<double> a(1 << 20, 1.0, &device);
		/* Many small ones: a pool takes whole pages, and cuts them up. */
		std::pmr::unsynchronized_pool_resource pool(&device);
		std::pmr::map<int, int> squares(&pool);
		std::vector<double, cdm::allocator<double>> b(a.begin(), a.end());

		for (int i = 0; i < 1000; i++)
			squares[i] = i * i;
		std::printf("%.0f %.0f %d\n", std::accumulate(a.begin(), a.end(), 0.0),
			    std::accumulate(b.begin(), b.end(), 0.0), squares[31]);
		std::printf("pages on device nodes: %zd of %zd\n", cdm_count(b.data(), b.size() * sizeof(double), nullptr),
			    cdm_where(b.data(), b.size() * sizeof(double), nullptr));
	} catch (const std::bad_alloc &) {
		std::fprintf(stderr, "%s\n", cdm_error());
		return 1;
	}
}
