(module
  (import "env" "memory" (memory 1 4 shared))
  (import "env" "report" (func $report (param i32)))
  (func $half (param $n i32) (result i32)
    (i32.shr_u (local.get $n) (i32.const 1)))
  (func $collatz (export "collatz") (param $n i32) (result i32)
    (local $three i32)
    (local $steps i32)
    (if
      (i32.eqz (local.get $n))
      (then (return (i32.const -1))))
    (block $done
      (loop $next
        (call $report (local.get $n))
        (br_if $done (i32.eq (local.get $n) (i32.const 1)))
        (local.set $n
          (select
            (block (result i32)
              (local.set $three (i32.mul (local.get $n) (i32.const 3)))
              (i32.add (local.get $three) (i32.const 1)))
            (call $half (local.get $n))
            (i32.and (local.get $n) (i32.const 1))))
        (if
          (i32.lt_s (local.tee $steps (i32.add (local.get $steps) (i32.const 1))) (i32.const 1000))
          (then (br $next))
          (else (drop (local.get $n))))))
    (i32.store offset=16 (i32.const 0) (local.get $steps))
    (i32.load (i32.const 16))))
