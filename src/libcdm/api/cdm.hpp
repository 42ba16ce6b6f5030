/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Device memory for C++17 containers: cdm.h behind a std::pmr::memory_resource and behind an allocator. See libcdm(3).
 *
 *   cdm::memory_resource device;
 *   std::pmr::vector<double> a(n, &device);
 *
 *   std::vector<double, cdm::allocator<double>> b(n);
 *
 * Both hand out whole pages, so use them for containers with few and large blocks. For many small blocks put a pool of
 * the standard library in between: std::pmr::synchronized_pool_resource pool(&device).
 *
 * An allocation that fails throws std::bad_alloc, and cdm_error() then says why.
 */

#ifndef CDM_HPP
#define CDM_HPP

#include <cdm.h>

#include <cstddef>
#include <limits>
#include <memory_resource>
#include <new>
#include <string>
#include <utility>

namespace cdm
{

/*
 * A memory resource over cdm_aligned_alloc(), which takes the same place and flags; an empty place means every device
 * node. Several threads may use one at the same time. All memory_resources compare equal, so that each may deallocate
 * what another one has allocated.
 */
class memory_resource : public std::pmr::memory_resource {
public:
	explicit memory_resource(std::string place = {}, unsigned flags = 0) : place_(std::move(place)), flags_(flags)
	{
	}

private:
	void *do_allocate(std::size_t bytes, std::size_t alignment) override
	{
		void *p = cdm_aligned_alloc(alignment, bytes ? bytes : 1, place_.empty() ? nullptr : place_.c_str(), flags_);

		if (!p)
			throw std::bad_alloc();
		return p;
	}

	void do_deallocate(void *p, std::size_t bytes, std::size_t) override
	{
		cdm_free(p, bytes ? bytes : 1);
	}

	/* cdm_free() needs only the address and the size, so any memory_resource can free any block. */
	bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override
	{
		return dynamic_cast<const memory_resource *>(&other) != nullptr;
	}

	std::string place_;
	unsigned flags_;
};

/*
 * The same for containers that take an allocator. The place is every device node; memory that does not fit spills to
 * other nodes unless Flags (those of cdm.h) say otherwise. All allocators of the same Flags compare equal.
 */
template <class T, unsigned Flags = 0> class allocator {
public:
	using value_type = T;
	template <class U> struct rebind {
		using other = allocator<U, Flags>;
	};

	allocator() noexcept = default;
	template <class U> allocator(const allocator<U, Flags> &) noexcept
	{
	}

	T *allocate(std::size_t n)
	{
		void *p = nullptr;

		if (n > std::numeric_limits<std::size_t>::max() / sizeof(T))
			throw std::bad_array_new_length();
		p = cdm_aligned_alloc(alignof(T), n ? n * sizeof(T) : 1, nullptr, Flags);
		if (!p)
			throw std::bad_alloc();
		return static_cast<T *>(p);
	}

	void deallocate(T *p, std::size_t n) noexcept
	{
		cdm_free(p, n ? n * sizeof(T) : 1);
	}

	template <class U> bool operator==(const allocator<U, Flags> &) const noexcept
	{
		return true;
	}
	template <class U> bool operator!=(const allocator<U, Flags> &) const noexcept
	{
		return false;
	}
};

}

#endif
