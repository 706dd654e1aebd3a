(module
  (import "env" "memory" (memory 1 4 shared))
  (func $barrier (export "barrier") (param $barrier i32) (param $parties i32)
    (local $before i32)
    (local $left i32)
    (local.set $before (i32.atomic.load offset=4 (local.get $barrier)))
    (if
      (i32.atomic.load offset=8 (local.get $barrier))
      (then (return)))
    (if
      (i32.eq
        (i32.add (i32.atomic.rmw.add (local.get $barrier) (i32.const 1)) (i32.const 1))
        (local.get $parties))
      (then
        (i32.atomic.store (local.get $barrier) (i32.const 0))
        (drop (i32.atomic.rmw.add (i32.add (local.get $barrier) (i32.const 4)) (i32.const 1)))
        (drop (memory.atomic.notify (i32.add (local.get $barrier) (i32.const 4)) (i32.const -1)))
        (return)))
    (local.set $left (i32.const 1000))
    (if
      (local.get $left)
      (then
        (loop $spin
          (if
            (i32.ne (i32.atomic.load offset=4 (local.get $barrier)) (local.get $before))
            (then (return)))
          (br_if $spin (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))
    (loop $sleep
      (drop
        (memory.atomic.wait32
          (i32.add (local.get $barrier) (i32.const 4))
          (local.get $before)
          (i64.const -1)))
      (br_if $sleep (i32.eq (i32.atomic.load offset=4 (local.get $barrier)) (local.get $before))))))
